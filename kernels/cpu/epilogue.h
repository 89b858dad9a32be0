// What an inference kernel does with a sum before it leaves the registers: y = act(sum + b + residual).
#pragma once
#include "kernels/cpu/pointwise.h"
#include "kernels/cpu/simd.h"

namespace mueca::cpu {

struct Epilogue {
  const float* b = nullptr;         // [K] or null
  const float* residual = nullptr;  // as y, or null
  Activation activation = Activation::none;
};

// act(v) for the activations whose slope is 0 or 1; a NaN stays one.
inline Vec clip(Vec v, Activation a) {
  if (a == Activation::none) return v;
  v = v < Vec{} ? Vec{} : v;
  return a == Activation::relu6 ? (v > broadcast(6) ? broadcast(6) : v) : v;
}

}  // namespace mueca::cpu
