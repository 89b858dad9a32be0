// Damaged weight files and checkpoints: an Error or other numbers, never a crash or a weight that is not finite.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "core/files/atomic_file.h"
#include "core/random.h"
#include "nn/checkpoint.h"
#include "nn/keras.h"
#include "nn/registry.h"

namespace mueca {
namespace {

namespace fs = std::filesystem;

class HostileFiles : public testing::Test {
 protected:
  void SetUp() override {
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "skipped: HDF5 1.10's own decoder of attributes reads past damaged ones, as the sanitizer reports";
#endif
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    path_ = fs::path(testing::TempDir()) / str("mueca_hostile_", info->name(), "_", ::getpid(), ".h5");
  }
  void TearDown() override { fs::remove(path_); }

  // Reads `rounds` copies of the file at path_, each with some bytes changed and perhaps its end cut off.
  template <class Read>
  void damage(int rounds, const Read& read) {
    const std::string whole = read_file(path_, 10 << 20);
    int refused = 0;
    for (int round = 0; round < rounds; ++round) {
      Random random({11, RandomStream::test}, static_cast<std::uint32_t>(round));
      std::string bytes = whole;
      const auto size = static_cast<std::uint32_t>(bytes.size());
      const std::uint32_t within = random.chance(0.5f) ? 3000 : size;  // half of them all in the first structures
      for (std::uint32_t i = 0, n = 1 + random.below(8); i < n; ++i)
        bytes[random.below(std::min(within, size))] = static_cast<char>(random.word());
      if (random.chance(0.1f)) bytes.resize(random.below(size));
      fs::remove(path_);
      std::ofstream(path_, std::ios::binary) << bytes;
      try {
        read();
      } catch (const Error& error) {
        EXPECT_EQ(std::string(error.what()).rfind(path_.string(), 0), 0u) << error.what();
        ++refused;
      }
      for (const auto& parameter : model_->parameters)
        for (const float value : parameter.value.span()) ASSERT_TRUE(std::isfinite(value)) << "round " << round;
    }
    EXPECT_GT(refused, rounds / 20);
    EXPECT_LT(refused, rounds) << "damage to a number is not an error: was anything read at all?";
  }

  fs::path path_;
  const std::unique_ptr<Model> model_ =
      make_model({.name = "se_cnn", .variant = "gap", .classes = 3, .size = 16, .width = 0.1f});
};

TEST_F(HostileFiles, KerasLegacy) {
  save_keras_weights(*model_, path_, KerasLayout::legacy);
  damage(150, [&] { load_keras_weights(*model_, path_); });
}

TEST_F(HostileFiles, Keras3) {
  save_keras_weights(*model_, path_, KerasLayout::keras3);
  damage(150, [&] { load_keras_weights(*model_, path_); });
}

TEST_F(HostileFiles, Checkpoints) {
  Optimizer optimizer({}, model_->parameters);
  save_checkpoint(path_, *model_, &optimizer, nullptr, {});
  damage(150, [&] { load_checkpoint(path_, *model_, &optimizer, nullptr); });
}

}  // namespace
}  // namespace mueca
