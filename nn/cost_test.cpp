#include "nn/cost.h"

#include <gtest/gtest.h>

#include "nn/registry.h"

namespace mueca {
namespace {

std::int64_t cost(const ModelConfig& config) { return multiply_adds(*make_model(config)); }

TEST(Cost, EqualsTheSumsByHand) {
  EXPECT_EQ(cost({.name = "linear"}), 48 * 48 * 7);
  // baseline_cnn, gap: 3x3 convolutions at 48, 24, 12 and 6 pixels, then 256 -> 7.
  const std::int64_t gap = 9LL * (48 * 48 * (1 * 32 + 32 * 32) + 24 * 24 * (32 * 64 + 64 * 64) +
                                  12 * 12 * (64 * 128 + 128 * 128) + 6 * 6 * (128 * 256 + 256 * 256)) +
                           256 * 7;
  EXPECT_EQ(cost({.name = "baseline_cnn", .variant = "gap"}), gap);
  const std::int64_t gates = 2 * (32 * 4 + 64 * 4 + 128 * 8 + 256 * 16);  // reduction 16, at least 4 units
  EXPECT_EQ(cost({.name = "se_cnn", .variant = "gap"}), gap + gates);
  EXPECT_DOUBLE_EQ(training_flop(10, 1000), 60000);
}

TEST(Cost, OfMobileNetV2IsThePublishedOne) {
  // Sandler et al. 2018, table 4: 300 M multiply-adds at 224 pixels, which counts the classifier of 1000 classes.
  const std::int64_t published = cost({.name = "mobilenet_v2", .classes = 1000, .size = 224});
  EXPECT_NEAR(static_cast<double>(published), 300e6, 3e6);
}

}  // namespace
}  // namespace mueca
