// mueca calibrate, end to end.
#include <gtest/gtest.h>

#include <filesystem>

#include "apps/faces/predict.h"
#include "apps/scores.h"
#include "apps/tool_test.h"
#include "core/files/sha256.h"
#include "nn/calibration.h"
#include "nn/checkpoint.h"
#include "nn/registry.h"

namespace mueca {
namespace {

class CalibrateCommand : public testing::Test {
 protected:
  void SetUp() override {
    save_pack(pack_, folder_ / "pack.h5");
    write("a.h5", pack_.class_names);
  }
  void write(const std::string& name, const std::vector<std::string>& classes) const {
    ModelConfig config;
    config.name = "baseline_cnn", config.size = 16, config.width = 0.125f, config.classes = 2;
    CheckpointNotes notes;
    notes.class_names = classes;
    save_checkpoint(folder_ / name, *make_model(config), nullptr, nullptr, notes);
  }
  ToolOutput calibrate(std::vector<std::string> more) const {
    std::vector<std::string> all{"calibrate", "--data", folder_ / "pack.h5", "--checkpoint"};
    all.insert(all.end(), more.begin(), more.end());
    return run_mueca(all);
  }
  TestFolder folder_;
  Pack pack_ = easy_pack(24);
};

TEST_F(CalibrateCommand, FitsInPlaceOrIntoAnotherFile) {
  const std::string before = sha256_file(folder_ / "a.h5");
  const ToolOutput copy = calibrate({folder_ / "a.h5", "--out", folder_ / "b.h5"});
  ASSERT_EQ(copy.code, 0) << copy.err;
  for (const char* word : {"public_test", "private_test", "NLL", "ECE", "answered %"})
    EXPECT_NE(copy.out.find(word), std::string::npos) << copy.out;
  EXPECT_EQ(sha256_file(folder_ / "a.h5"), before);
  ASSERT_EQ(calibrate({folder_ / "a.h5"}).code, 0);
  EXPECT_EQ(sha256_file(folder_ / "a.h5"), sha256_file(folder_ / "b.h5"));

  const auto model = load_model(folder_ / "a.h5");
  const auto rows = pack_.rows_of("public_test");
  const Tensor logits =
      predict_logits(*model, pack_.images, rows, views_of(*model, {16, 16}, EvaluationViews::center), 64);
  const Calibration expected = fit_calibration(logits, labels_of(pack_, rows), "public_test");
  EXPECT_EQ(model->calibration.temperature, expected.temperature);
  EXPECT_EQ(model->calibration.threshold, expected.threshold);
  EXPECT_EQ(model->calibration.split, "public_test");

  const ToolOutput scored = run_mueca({"evaluate", "--data", folder_ / "pack.h5", "--checkpoint", folder_ / "a.h5"});
  EXPECT_NE(scored.out.find("fitted on public_test"), std::string::npos) << scored.out;
  ASSERT_EQ(
      run_mueca({"export", "--layout", "checkpoint", "--checkpoint", folder_ / "a.h5", "--out", folder_ / "c.h5"}).code,
      0);
  EXPECT_EQ(read_checkpoint_notes(folder_ / "c.h5").calibration.temperature, expected.temperature);
}

TEST_F(CalibrateCommand, BadInputIsNamedAndNothingIsWritten) {
  const std::string before = sha256_file(folder_ / "a.h5");
  EXPECT_EQ(calibrate({folder_ / "a.h5", "--target", "1.5"}).code, 2);
  ToolOutput out = calibrate({folder_ / "a.h5", "--split", "publik"});
  EXPECT_EQ(out.code, 1);
  EXPECT_NE(out.err.find("public_test"), std::string::npos) << out.err;
  EXPECT_EQ(calibrate({folder_ / "absent.h5"}).code, 1);
  out = calibrate({folder_ / "pack.h5"});
  EXPECT_EQ(out.code, 1);
  EXPECT_NE(out.err.find("not a checkpoint"), std::string::npos) << out.err;
  write("other.h5", {"happy", "sad"});
  EXPECT_EQ(calibrate({folder_ / "other.h5"}).code, 1);
  EXPECT_EQ(sha256_file(folder_ / "a.h5"), before);
}

}  // namespace
}  // namespace mueca
