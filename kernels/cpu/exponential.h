// exp() without calls or branches, so that loops over it vectorise.
#pragma once
#include <bit>
#include <cstdint>

namespace mueca::cpu {

// e^x within 1 ulp over all floats (exponential_test.cpp); 0 below -104, infinity above 88.73, NaN for NaN. Reduction
// by multiples of ln 2 in two parts (Cody & Waite 1980), then a polynomial on [-ln 2 / 2, ln 2 / 2].
inline float exponential(float x) {
  constexpr float kLog2E = 0x1.715476p+0f, kLn2High = 0x1.62e4p-1f, kLn2Low = 0x1.7f7d1cp-20f;
  constexpr float kShift = 0x1.8p23f;  // adding it rounds to an integer, which is then in the low bits
  x = x < -104.0f ? -104.0f : x;       // in this order a NaN passes
  x = x > 89.0f ? 89.0f : x;
  const float shifted = x * kLog2E + kShift, n = shifted - kShift;
  const float r = (x - n * kLn2High) - n * kLn2Low;
  float p = 0x1.6a2352p-10f;
  p = p * r + 0x1.123a6cp-7f;
  p = p * r + 0x1.5558f4p-5f;
  p = p * r + 0x1.55549p-3f;
  p = p * r + 0x1.fffffcp-2f;
  p = p * r * r + r + 1.0f;
  // 2^n in two factors, since 2^-150 and 2^128 have no float of their own.
  const auto whole =
      static_cast<std::int32_t>(std::bit_cast<std::uint32_t>(shifted) - std::bit_cast<std::uint32_t>(kShift));
  const std::int32_t half = whole >> 1;
  const auto power = [](std::int32_t e) { return std::bit_cast<float>(static_cast<std::uint32_t>(e + 127) << 23); };
  return p * power(half) * power(whole - half);
}

}  // namespace mueca::cpu
