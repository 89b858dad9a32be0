// Runs of floats in registers: four move as one 16-byte access wherever rows start at multiples of 16 bytes.
#pragma once
#include <algorithm>
#include <cstdint>

#include "core/kernel_list.h"
#include "kernels/cuda/launch.cuh"

namespace mueca::MUECA_CUDA {

template <int Width>
struct Floats {
  float at[Width];
};

template <int Width>
__device__ Floats<Width> load(const float* from) {
  Floats<Width> v;
  if constexpr (Width == 4) {
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

template <int Width>
__device__ void store(float* to, const Floats<Width>& v) {
  if constexpr (Width == 4)
    *reinterpret_cast<float4*>(to) = make_float4(v.at[0], v.at[1], v.at[2], v.at[3]);
  else if constexpr (Width == 2)
    *reinterpret_cast<float2*>(to) = make_float2(v.at[0], v.at[1]);
  else
    *to = v.at[0];
}

template <int Width>
__device__ Floats<Width> all(float value) {
  Floats<Width> v;
#pragma unroll
  for (int i = 0; i < Width; ++i) v.at[i] = value;
  return v;
}

// Whether all pointers (null ones too) allow accesses of `width` floats.
template <class... Pointers>
bool aligned(int width, const Pointers*... pointers) {
  return ((reinterpret_cast<std::uintptr_t>(pointers) % (static_cast<std::size_t>(width) * sizeof(float)) == 0) && ...);
}

inline unsigned blocks_of(std::int64_t items, std::int64_t per_block) {
  return static_cast<unsigned>((items + per_block - 1) / per_block);
}

template <int Value>
struct Constant {
  static constexpr int value = Value;
};

// body(Constant<Width>) with the widest access, 4 or 1, that rows of `extent` floats at these pointers allow.
template <class Body, class... Pointers>
void with_width(std::int64_t extent, const Body& body, const Pointers*... pointers) {
  if (extent % 4 == 0 && aligned(4, pointers...)) return body(Constant<4>{});
  body(Constant<1>{});
}

}  // namespace mueca::MUECA_CUDA
