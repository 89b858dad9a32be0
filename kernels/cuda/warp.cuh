// Exchange between the lanes of a warp: the only file that shuffles. All 32 lanes must call.
#pragma once
#include "kernels/cuda/launch.cuh"

namespace mueca::MUECA_CUDA {

inline constexpr unsigned kAllLanes = 0xffffffffu;

// The sum over the warp in every lane; a butterfly, so that all lanes add in the same fixed order.
template <class T>
__device__ T warp_sum(T value) {
  for (int bits = 16; bits > 0; bits /= 2) value += __shfl_xor_sync(kAllLanes, value, bits);
  return value;
}

template <class T>
__device__ T warp_max(T value) {
  for (int bits = 16; bits > 0; bits /= 2) {
    const T other = __shfl_xor_sync(kAllLanes, value, bits);
    value = value < other ? other : value;
  }
  return value;
}

}  // namespace mueca::MUECA_CUDA
