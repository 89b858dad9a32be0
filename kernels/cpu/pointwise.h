// The activations as scalar functions: what activation, batch_norm and squeeze_excite fuse into their loops.
#pragma once
#include "core/kernel_args.h"
#include "kernels/activation_tag.h"
#include "kernels/cpu/exponential.h"

namespace mueca::cpu {

inline float sigmoid(float x) { return 1.0f / (1.0f + exponential(-x)); }

inline float hyperbolic_tangent(float x) { return 2 * sigmoid(2 * x) - 1; }  // within 2^-23, absolutely

// y = act(x); a NaN stays one.
template <Activation A>
inline float activate(float x) {
  if constexpr (A == Activation::relu) return x < 0 ? 0 : x;
  if constexpr (A == Activation::relu6) return x < 0 ? 0 : x > 6 ? 6 : x;
  if constexpr (A == Activation::sigmoid) return sigmoid(x);
  if constexpr (A == Activation::swish) return x * sigmoid(x);
  return x;
}

// gy where y = act(x) follows x, 0 where it is clipped; only for activations whose slope is 0 or 1.
template <Activation A>
inline float mask(float gy, float y) {
  if constexpr (A == Activation::relu) return y > 0 ? gy : 0;
  if constexpr (A == Activation::relu6) return (y > 0) & (y < 6) ? gy : 0;
  return gy;
}

}  // namespace mueca::cpu
