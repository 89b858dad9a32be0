#include "apps/progress.h"

#include <gtest/gtest.h>

namespace mueca {
namespace {

TEST(Progress, EpochLine) {
  EpochFigures f;
  f.epoch = 12, f.epochs = 50;
  f.train_loss = 0.982, f.select_loss = 1.104;
  f.train_accuracy = 0.639, f.select_accuracy = 0.612;
  f.best_accuracy = 0.618, f.best_epoch = 10;
  f.learning_rate = 3e-4, f.images_per_second = 8412, f.memory_gib = 1.9, f.seconds = 31;
  EXPECT_EQ(epoch_line(f, 19 * 60 + 40),
            "epoch 12/50  loss 0.982/1.104  acc 63.9/61.2 (best 61.8 @10)  lr 3.0e-4  8 412 img/s  mem 1.9 GiB  00:31  "
            "ETA 19:40");
}

TEST(Progress, Texts) {
  EXPECT_EQ(clock_text(3723), "1:02:03");
  EXPECT_EQ(clock_text(-1), "--:--");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1234567), "1 234 567");
  EXPECT_EQ(grouped(-1234), "-1 234");
  EXPECT_EQ(short_rate(0.05), "5.0e-2");
  EXPECT_EQ(short_rate(1e-12), "1.0e-12");
}

TEST(Progress, PlainOutputHasNoControlCharacters) {
  testing::internal::CaptureStderr();
  {
    ProgressDisplay progress(false);
    progress.begin(1, 2, 10);
    for (int i = 1; i <= 10; ++i) progress.step(i, 1.0, 100);
    progress.line("epoch 1/2  done");
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "epoch 1/2  done\n");
}

TEST(Progress, QuietSaysNothing) {
  testing::internal::CaptureStderr();
  ProgressDisplay(true, true).line("epoch 1/2  done");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace mueca
