// Plain parameters of kernels, beside the views. Host and device code share them; no third-party types.
#pragma once
#include <cstdint>

#include "core/random.h"

namespace mueca {

struct Padding {
  int top = 0, left = 0, bottom = 0, right = 0;
  constexpr bool operator==(const Padding&) const = default;
};

// Geometry of a convolution or a pooling window. Output: P = (H + top + bottom - R) / stride + 1, Q alike.
struct Conv2d {
  int stride = 1;
  Padding pad;
};

struct Pool2d {
  int size = 2, stride = 2;
  Padding pad;  // padded places never win a maximum and do not count in an average
};

// How many numbers conv2d_pack may write for a filter [R, S, C, K]: enough for every algorithm's own layout.
constexpr std::int64_t packed_filter_size(std::int64_t r, std::int64_t s, std::int64_t c, std::int64_t k) {
  return 16 + 2 * r * s * ((c + 31) / 32 * 32) * ((k + 31) / 32 * 32);
}

enum class Activation : int { none, relu, relu6, sigmoid, swish };

// Normalisation with the activation (none, relu or relu6) and the residual sum fused: y = act(norm(x) + residual).
struct BatchNorm {
  float epsilon = 1e-3f;
  Activation activation = Activation::none;
};

// What changes from step to step of a training, one record for every kernel that needs some of it. Kernels read it from
// the device's memory, so that a step that was recorded (core/graph.h) can be started again as it is.
struct StepNumbers {
  std::uint32_t step = 0;                  // of the run: dropout draws anew in each
  float lr = 0;                            // learning rate
  float correction1 = 1, correction2 = 1;  // Adam: 1 - beta^t
  float average = 0;                       // how far the average of the weights moves towards them
};

// Element i survives when uniform01(word i % 4 of key.draw(i / 4, step)) >= rate, and is scaled by 1 / (1 - rate).
struct Dropout {
  float rate = 0.5f;
  RandomKey key;
};

// Vectors that gather puts into one: y[to[i] : to[i] + count[i]] = from[i]. Small enough to be a kernel's argument.
struct Pieces {
  static constexpr int kMost = 64;
  const float* from[kMost] = {};
  std::int64_t to[kMost] = {}, count[kMost] = {};
  int used = 0;
};

// With the step's lr: v = momentum * v + (g + decay * p); p -= lr * (nesterov ? g + decay * p + momentum * v : v).
struct SgdStep {
  float momentum = 0, weight_decay = 0;
  int nesterov = 0;
};

// With the step's lr and corrections: Kingma & Ba 2015; decoupled: Loshchilov & Hutter 2019 (p -= lr * decay * p apart
// from the adaptive step).
struct AdamStep {
  float beta1 = 0.9f, beta2 = 0.999f, epsilon = 1e-8f, weight_decay = 0;
  int decoupled = 1;
};

// How one output image is made from the pack: output pixel (p, q) samples the source bilinearly at
// row = m[0] * p + m[1] * q + m[2], column = m[3] * p + m[4] * q + m[5], both clamped to the image first, so that the
// border is repeated outside and a plain upsampling equals resize_bilinear; then contrast and brightness
// v = (v - 127.5) * contrast + 127.5 + brightness, clamped to [0, 255]; then the erased rectangle becomes `fill`.
struct AugmentView {
  std::int32_t source = 0;  // row of the pack
  float m[6] = {1, 0, 0, 0, 1, 0};
  float contrast = 1, brightness = 0;
  std::int32_t erase[4] = {0, 0, 0, 0};  // top, left, bottom, right in output pixels; empty: nothing
  float fill = 0;
};

// One training image: `first`, or with mixup  mix * first + (1 - mix) * second  (Zhang et al. 2018).
struct AugmentSample {
  AugmentView first, second;
  float mix = 1;  // 1: `second` is not read
};

}  // namespace mueca
