// The accuracy that exponential.h promises, over the whole range of floats.
#include "kernels/cpu/exponential.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace mueca::cpu {
namespace {

TEST(Exponential, OneUlpEverywhere) {
  double worst = 0;
  float at = 0;
  for (std::uint64_t bits = 0; bits < (std::uint64_t{1} << 32); bits += 1009) {
    const float x = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    if (std::isnan(x)) continue;
    const double exact = std::exp(static_cast<double>(x));
    const float y = exponential(x);
    if (exact > static_cast<double>(std::numeric_limits<float>::max())) {
      ASSERT_EQ(y, std::numeric_limits<float>::infinity()) << x;
      continue;
    }
    const double ulp = std::ldexp(1.0, std::max(std::ilogb(exact), -126) - 23);
    if (const double error = std::abs(static_cast<double>(y) - exact) / ulp; error > worst) worst = error, at = x;
  }
  EXPECT_LE(worst, 1.0) << "at " << at;
  EXPECT_GT(worst, 0.4);  // a comparison that sees no rounding at all compares nothing
  RecordProperty("worst_ulp", std::to_string(worst));
}

TEST(Exponential, Edges) {
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(exponential(0), 1);
  EXPECT_EQ(exponential(-0.0f), 1);
  EXPECT_EQ(exponential(infinity), infinity);
  EXPECT_EQ(exponential(-infinity), 0);
  EXPECT_EQ(exponential(89), infinity);
  EXPECT_EQ(exponential(-105), 0);
  EXPECT_TRUE(std::isnan(exponential(std::numeric_limits<float>::quiet_NaN())));
}

}  // namespace
}  // namespace mueca::cpu
