#include "core/bf16.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace mueca {
namespace {

float through(float x) { return widened(narrowed(x)); }

TEST(Bf16, RoundsToNearestEven) {
  EXPECT_EQ(through(1.0f + 0x1p-8f), 1.0f);                // a tie, to even
  EXPECT_EQ(through(1.0f + 3 * 0x1p-8f), 1.0f + 0x1p-6f);  // a tie, to even
  EXPECT_EQ(through(1.0f + 0x1.8p-8f), 1.0f + 0x1p-7f);
  EXPECT_EQ(through(-0.0f), 0.0f);
  EXPECT_TRUE(std::signbit(through(-0.0f)));
}

TEST(Bf16, KeepsWhatIsNotFinite) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(through(-kInfinity), -kInfinity);
  EXPECT_EQ(through(std::numeric_limits<float>::max()), kInfinity);  // nearer than the largest bfloat16
  EXPECT_TRUE(std::isnan(through(std::numeric_limits<float>::quiet_NaN())));
}

TEST(Bf16, EveryPatternComesBack) {
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const bf16 x{static_cast<std::uint16_t>(bits)};
    if (std::isnan(widened(x)))
      EXPECT_TRUE(std::isnan(through(widened(x)))) << bits;
    else
      EXPECT_EQ(narrowed(widened(x)), x) << bits;
  }
}

}  // namespace
}  // namespace mueca
