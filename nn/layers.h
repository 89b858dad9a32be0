// Layers: plain structs that point at their parameters and call one op. A Maker creates them, in order, by name.
#pragma once
#include <string>

#include "core/ops.h"
#include "nn/context.h"
#include "nn/parameter.h"

namespace mueca {

enum class Pad {
  same,           // as Keras pads "same": the odd pixel goes to the bottom and right
  keras_stride2,  // Keras' correct_pad in front of MobileNetV2's stride-2 convolutions
  symmetric,      // R / 2 on every side, as ResNet's stride-2 convolutions have it
};

struct Conv {                   // x [N, H, W, C] -> [N, P, Q, K]
  Parameter* kernel = nullptr;  // [R, R, C, K]
  Parameter* bias = nullptr;    // [K] or absent
  int stride = 1;
  Pad pad = Pad::same;
  Tensor operator()(const Tensor& x) const;
  Conv2d geometry(const Tensor& x) const;
};

struct Depthwise {              // x [N, H, W, C] -> [N, P, Q, C]
  Parameter* kernel = nullptr;  // [R, R, C]
  int stride = 1;
  Pad pad = Pad::same;
  Tensor operator()(const Tensor& x) const;
  Conv2d geometry(const Tensor& x) const;
};

struct Dense {                  // x [..., C] -> [..., K]
  Parameter* kernel = nullptr;  // [C, K]
  Parameter* bias = nullptr;    // [K]
  Tensor operator()(const Tensor& x) const;
};

struct Norm {  // batch-norm over all but the last axis, the activation and a residual sum fused
  Parameter *gamma = nullptr, *beta = nullptr, *moving_mean = nullptr, *moving_variance = nullptr;  // [C] each
  float epsilon = 1e-5f, momentum = 0.9f;
  bool inference = false;  // moving statistics even in training: frozen layers, fine-tuning
  Tensor operator()(const Tensor& x, const Context& context, Activation activation, const Tensor& residual = {}) const;
};

struct SqueezeExcite {   // x [N, H, W, C] -> the same, each channel scaled (Hu et al. 2018)
  Dense reduce, expand;  // C -> D -> C
  Tensor operator()(const Tensor& x) const;
};

struct Gru {  // x [N, T, C], the state before it [N, H] or absent -> the state after each frame [N, T, H]
  Parameter *kernel = nullptr, *recurrent = nullptr, *bias = nullptr;  // [C, 3H], [H, 3H], [2, 3H]
  Tensor operator()(const Tensor& x, const Tensor& state = {}) const;
};

struct DropoutLayer {
  std::string name;
  float rate = 0;
  Tensor operator()(const Tensor& x, const Context& context) const;
};

// Creates layers and their parameters. `trainable` and `norm_inference` apply to what is made from then on.
struct Maker {
  ParameterSet& parameters;
  std::uint64_t seed = 0;
  bool trainable = true;
  bool norm_inference = false;
  float norm_epsilon = 1e-5f, norm_momentum = 0.9f;

  Conv conv(const std::string& name, int in, int out, int size, int stride = 1, Pad pad = Pad::same, bool bias = false);
  Depthwise depthwise(const std::string& name, int channels, int size, int stride, Pad pad);
  Dense dense(const std::string& name, int in, int out);       // Glorot uniform: in front of a softmax or sigmoid
  Dense dense_relu(const std::string& name, int in, int out);  // He normal: in front of a ReLU
  Norm norm(const std::string& name, int channels);
  Gru gru(const std::string& name, int in, int out);                    // Glorot uniform for each gate
  SqueezeExcite squeeze_excite(const std::string& name, int channels);  // D = C / 16, at least 4
};

}  // namespace mueca
