// bfloat16 as it is stored: the upper half of a float32, 8 bits of mantissa with the hidden one. Plain enough for .cu.
#pragma once
#include <bit>
#include <cstdint>

namespace mueca {

struct bf16 {
  std::uint16_t bits = 0;
  constexpr bool operator==(const bf16&) const = default;
};

constexpr float widened(bf16 x) { return std::bit_cast<float>(std::uint32_t{x.bits} << 16); }

// To the nearest, ties to even; a NaN stays one: what PTX's cvt.rn.bf16x2.f32 gives.
constexpr bf16 narrowed(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  if (x != x) return {0x7fff};
  return {static_cast<std::uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16)};
}

}  // namespace mueca
