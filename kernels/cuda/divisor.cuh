// Division by a number that is known before the launch: one wide product and a shift (Granlund and Montgomery,
// "Division by invariant integers using multiplication", PLDI 1994), where the hardware has no divider.
#pragma once
#include <cstdint>

#include "kernels/cuda/launch.cuh"

namespace mueca::MUECA_CUDA {

struct Divisor {
  int value = 1;
  unsigned magic = 1, shift = 0;

  Divisor() = default;
  explicit Divisor(std::int64_t by) : value(static_cast<int>(by > 0 ? by : 1)) {  // of nothing, nothing is asked
    while (std::uint64_t{1} << shift < static_cast<std::uint64_t>(value)) ++shift;
    const std::uint64_t over = (std::uint64_t{1} << shift) - static_cast<std::uint64_t>(value);
    magic = static_cast<unsigned>((over << 32) / static_cast<std::uint64_t>(value) + 1);
  }
  // floor(n / value) of 0 <= n < 2^31.
  __device__ int operator()(int n) const {
    const auto whole = static_cast<unsigned>(n);
    const auto high = static_cast<unsigned>(std::uint64_t{whole} * magic >> 32);
    return static_cast<int>((high + whole) >> shift);
  }
};

}  // namespace mueca::MUECA_CUDA
