// The activations as device functions: what activation, batch_norm, depthwise and squeeze_excite fuse.
#pragma once
#include "core/kernel_args.h"
#include "kernels/activation_tag.h"
#include "kernels/cuda/launch.cuh"

namespace mueca::MUECA_CUDA {

__device__ inline float sigmoid(float x) { return 1 / (1 + expf(-x)); }

// y = act(x); a NaN stays one.
template <Activation A>
__device__ float activate(float x) {
  if constexpr (A == Activation::relu) return x < 0 ? 0 : x;
  if constexpr (A == Activation::relu6) return x < 0 ? 0 : x > 6 ? 6 : x;
  if constexpr (A == Activation::sigmoid) return sigmoid(x);
  if constexpr (A == Activation::swish) return x * sigmoid(x);
  return x;
}

// gy where y = act(x) follows x, 0 where it is clipped; for none, relu and relu6.
template <Activation A>
__device__ float mask(float gy, float y) {
  if constexpr (A == Activation::relu) return y > 0 ? gy : 0;
  if constexpr (A == Activation::relu6) return y > 0 && y < 6 ? gy : 0;
  return gy;
}

}  // namespace mueca::MUECA_CUDA
