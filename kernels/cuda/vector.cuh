// Runs of numbers in registers, float32 there whatever they are in memory: 16 bytes move as one access wherever rows
// start at multiples of 16 bytes, four floats or eight bfloat16.
#pragma once
#include <algorithm>
#include <cstdint>

#include "core/kernel_list.h"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/ptx.cuh"

namespace mueca::MUECA_CUDA {

template <int Width>
struct Floats {
  float at[Width];
};

template <int Width>
__device__ Floats<Width> load(const float* from) {
  Floats<Width> v;
  if constexpr (Width == 8) {
    const Floats<4> low = load<4>(from), high = load<4>(from + 4);
#pragma unroll
    for (int i = 0; i < 4; ++i) v.at[i] = low.at[i], v.at[4 + i] = high.at[i];
  } else if constexpr (Width == 4) {
    const float4 four = *reinterpret_cast<const float4*>(from);
    v.at[0] = four.x, v.at[1] = four.y, v.at[2] = four.z, v.at[3] = four.w;
  } else if constexpr (Width == 2) {
    const float2 two = *reinterpret_cast<const float2*>(from);
    v.at[0] = two.x, v.at[1] = two.y;
  } else {
    static_assert(Width == 1);
    v.at[0] = *from;
  }
  return v;
}

// Two bfloat16 of one register, the first in its lower half.
__device__ inline float low_float(unsigned two) { return __uint_as_float(two << 16); }
__device__ inline float high_float(unsigned two) { return __uint_as_float(two & 0xffff0000u); }

template <int Width>
__device__ Floats<Width> load(const bf16* from) {
  Floats<Width> v;
  const auto two = [&](int i, unsigned both) { v.at[i] = low_float(both), v.at[i + 1] = high_float(both); };
  if constexpr (Width == 8) {
    const uint4 eight = *reinterpret_cast<const uint4*>(from);
    two(0, eight.x), two(2, eight.y), two(4, eight.z), two(6, eight.w);
  } else if constexpr (Width == 4) {
    const uint2 four = *reinterpret_cast<const uint2*>(from);
    two(0, four.x), two(2, four.y);
  } else if constexpr (Width == 2) {
    two(0, *reinterpret_cast<const unsigned*>(from));
  } else {
    static_assert(Width == 1);
    v.at[0] = low_float(from->bits);
  }
  return v;
}

template <int Width>
__device__ void store(float* to, const Floats<Width>& v) {
  if constexpr (Width == 8) {
    *reinterpret_cast<float4*>(to) = make_float4(v.at[0], v.at[1], v.at[2], v.at[3]);
    *reinterpret_cast<float4*>(to + 4) = make_float4(v.at[4], v.at[5], v.at[6], v.at[7]);
  } else if constexpr (Width == 4)
    *reinterpret_cast<float4*>(to) = make_float4(v.at[0], v.at[1], v.at[2], v.at[3]);
  else if constexpr (Width == 2)
    *reinterpret_cast<float2*>(to) = make_float2(v.at[0], v.at[1]);
  else
    *to = v.at[0];
}

// Rounded to the nearest, ties to even.
template <int Width>
__device__ void store(bf16* to, const Floats<Width>& v) {
  const auto two = [&](int i) { return bf16_pair(v.at[i], v.at[i + 1]); };
  if constexpr (Width == 8)
    *reinterpret_cast<uint4*>(to) = make_uint4(two(0), two(2), two(4), two(6));
  else if constexpr (Width == 4)
    *reinterpret_cast<uint2*>(to) = make_uint2(two(0), two(2));
  else if constexpr (Width == 2)
    *reinterpret_cast<unsigned*>(to) = two(0);
  else
    to->bits = static_cast<std::uint16_t>(bf16_pair(v.at[0], 0) & 0xffffu);
}

template <int Width>
__device__ Floats<Width> all(float value) {
  Floats<Width> v;
#pragma unroll
  for (int i = 0; i < Width; ++i) v.at[i] = value;
  return v;
}

// Whether all pointers (null ones too) allow accesses of `width` elements, of 16 bytes at most each.
template <class... Elements>
bool aligned(int width, const Elements*... pointers) {
  const auto fits = [](const void* at, std::size_t bytes) { return reinterpret_cast<std::uintptr_t>(at) % bytes == 0; };
  return (fits(pointers, std::min<std::size_t>(16, static_cast<std::size_t>(width) * sizeof(Elements))) && ...);
}

// How many activations make a 16-byte access.
template <class S>
inline constexpr int kWidest = static_cast<int>(16 / sizeof(S));

inline unsigned blocks_of(std::int64_t items, std::int64_t per_block) {
  return static_cast<unsigned>((items + per_block - 1) / per_block);
}

template <int Value>
struct Constant {
  static constexpr int value = Value;
};

// body(Constant<Width>) with the widest access, `Widest` or 1, that rows of `extent` elements at these pointers allow.
template <int Widest = 4, class Body, class... Elements>
void with_width(std::int64_t extent, const Body& body, const Elements*... pointers) {
  if (extent % Widest == 0 && aligned(Widest, pointers...)) return body(Constant<Widest>{});
  body(Constant<1>{});
}

}  // namespace mueca::MUECA_CUDA
