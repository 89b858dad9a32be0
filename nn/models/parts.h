// What the model files share: convolution + batch-norm units, the classifier, and channel arithmetic.
#pragma once
#include <string>

#include "nn/layers.h"
#include "nn/model.h"

namespace mueca {

// Convolution, then batch-norm with the activation fused; or, where `norm` has no parameters, the activation alone.
struct ConvNorm {
  Conv conv;
  Norm norm;
  Tensor operator()(const Tensor& x, const Context& context, Activation activation, const Tensor& residual = {}) const;
};
struct DepthwiseNorm {
  Depthwise conv;
  Norm norm;
  Tensor operator()(const Tensor& x, const Context& context, Activation activation) const;
};
ConvNorm conv_norm(Maker& make, const std::string& name, int in, int out, int size, int stride = 1,
                   Pad pad = Pad::symmetric);  // layers NAME and NAME_bn

// Features [N, C] -> dropout -> logits [N, classes]. Shows the features.
struct Classifier {
  DropoutLayer dropout;
  Dense dense;
  Tensor operator()(Tensor features, const Context& context) const;
};
Classifier classifier(Maker& make, const ModelConfig& config, int features);  // layer "predictions"

// Keras' rule for MobileNet: the nearest multiple of 8, at least 8, never more than 10 % below `channels`.
int make_divisible(float channels);

// The configuration's own momentum, or the model's.
inline float momentum_or(const ModelConfig& config, float standard) {
  return config.norm_momentum > 0 ? config.norm_momentum : standard;
}

// Throws Error unless x is [N, size, size, channels] as the model's InputSpec says.
void check_input(const Model& model, const Tensor& x);

}  // namespace mueca
