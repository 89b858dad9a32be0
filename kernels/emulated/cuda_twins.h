// What nvcc gives a kernel, given by the executor: built-in variables, barriers, shuffles, votes, atomics, the vector
// types and intrinsics that kernels/cuda uses. Included by kernels/cuda/launch.cuh alone.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>
#include <utility>

#include "core/error.h"
#include "kernels/emulated/executor.h"

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define threadIdx (::mueca::simt::self().index)
#define blockIdx (::mueca::simt::block().index)
#define blockDim (::mueca::simt::block().dim)
#define gridDim (::mueca::simt::block().grid)

using dim3 = mueca::simt::Dim;
struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(8) uint2 {
  unsigned x, y;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }

namespace mueca::simt {

// The value of lane `from`; every lane of the mask must be there.
template <class T>
T exchange(const char* operation, unsigned mask, T value, int from, Place at) {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(Deposit));
  std::memcpy(self().deposit.bytes, &value, sizeof value);
  const Inbox& inbox = wait_collective(operation, mask, at);
  if (!(mask >> from & 1))
    fail(str(operation, ": lane ", self().lane(), " reads lane ", from, ", which is not in the mask"));
  T got;
  std::memcpy(&got, inbox[static_cast<std::size_t>(from)].bytes, sizeof got);
  return got;
}

}  // namespace mueca::simt

inline float __uint_as_float(unsigned bits) { return __builtin_bit_cast(float, bits); }
inline void __syncthreads(mueca::simt::Place at = mueca::simt::Place::here()) {
  mueca::simt::wait_barrier("__syncthreads", 0, at);
}
inline int __syncthreads_count(int vote, mueca::simt::Place at = mueca::simt::Place::here()) {
  mueca::simt::wait_barrier("__syncthreads_count", vote, at);
  return mueca::simt::block().votes;
}
inline int __syncthreads_or(int vote, mueca::simt::Place at = mueca::simt::Place::here()) {
  mueca::simt::wait_barrier("__syncthreads_or", vote, at);
  return mueca::simt::block().votes > 0;
}
inline int __syncthreads_and(int vote, mueca::simt::Place at = mueca::simt::Place::here()) {
  mueca::simt::wait_barrier("__syncthreads_and", vote, at);
  return mueca::simt::block().votes == mueca::simt::block().voters;
}
inline void __syncwarp(unsigned mask = ~0u, mueca::simt::Place at = mueca::simt::Place::here()) {
  mueca::simt::wait_collective("__syncwarp", mask, at);
}

// Shuffles within segments of `width` lanes: outside of its segment a lane gets its own value.
template <class T>
T __shfl_sync(unsigned mask, T value, int from, int width = 32, mueca::simt::Place at = mueca::simt::Place::here()) {
  const int lane = static_cast<int>(mueca::simt::self().lane());
  return mueca::simt::exchange("__shfl_sync", mask, value, (lane & ~(width - 1)) | (from & (width - 1)), at);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int bits, int width = 32,
                  mueca::simt::Place at = mueca::simt::Place::here()) {
  const int lane = static_cast<int>(mueca::simt::self().lane()), from = lane ^ bits;
  return mueca::simt::exchange("__shfl_xor_sync", mask, value, from <= (lane | (width - 1)) ? from : lane, at);
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned by, int width = 32,
                   mueca::simt::Place at = mueca::simt::Place::here()) {
  const int lane = static_cast<int>(mueca::simt::self().lane()), from = lane + static_cast<int>(by);
  return mueca::simt::exchange("__shfl_down_sync", mask, value, from <= (lane | (width - 1)) ? from : lane, at);
}
template <class T>
T __shfl_up_sync(unsigned mask, T value, unsigned by, int width = 32,
                 mueca::simt::Place at = mueca::simt::Place::here()) {
  const int lane = static_cast<int>(mueca::simt::self().lane()), from = lane - static_cast<int>(by);
  return mueca::simt::exchange("__shfl_up_sync", mask, value, from >= (lane & ~(width - 1)) ? from : lane, at);
}
inline unsigned __ballot_sync(unsigned mask, int vote, mueca::simt::Place at = mueca::simt::Place::here()) {
  mueca::simt::self().deposit.bytes[0] = static_cast<std::byte>(vote != 0);
  const auto& inbox = mueca::simt::wait_collective("__ballot_sync", mask, at);
  unsigned votes = 0;
  for (unsigned lane = 0; lane < 32; ++lane)
    if (mask >> lane & 1) votes |= static_cast<unsigned>(inbox[lane].bytes[0] != std::byte{0}) << lane;
  return votes;
}
inline int __any_sync(unsigned mask, int vote, mueca::simt::Place at = mueca::simt::Place::here()) {
  return __ballot_sync(mask, vote, at) != 0;
}
inline int __all_sync(unsigned mask, int vote, mueca::simt::Place at = mueca::simt::Place::here()) {
  return __ballot_sync(mask, !vote, at) == 0;
}

// Of whole numbers alone: sums of floats in the order of arrival would differ from run to run.
template <class T>
T atomicAdd(T* at, std::type_identity_t<T> value) {
  static_assert(std::is_integral_v<T>);
  return std::exchange(*at, static_cast<T>(*at + value));
}
template <class T>
T atomicMax(T* at, std::type_identity_t<T> value) {
  static_assert(std::is_integral_v<T>);
  return std::exchange(*at, std::max(*at, value));
}
template <class T>
T atomicMin(T* at, std::type_identity_t<T> value) {
  static_assert(std::is_integral_v<T>);
  return std::exchange(*at, std::min(*at, value));
}
template <class T>
T atomicExch(T* at, std::type_identity_t<T> value) {
  return std::exchange(*at, value);
}
template <class T>
T atomicCAS(T* at, std::type_identity_t<T> expected, std::type_identity_t<T> value) {
  return std::exchange(*at, *at == expected ? value : *at);
}

template <class T>
T __ldg(const T* at) {
  return *at;
}
inline float __expf(float x) { return std::exp(x); }
inline float __fdividef(float a, float b) { return a / b; }
inline float rsqrtf(float x) { return 1.0f / std::sqrt(x); }
inline float __fmaf_rn(float a, float b, float c) { return std::fma(a, b, c); }
