#include "nn/inference.h"

#include <cmath>

#include "core/ops.h"

namespace mueca {
namespace {

// w with its last axis scaled, and the offset that is left of bias and norm. Absent norm: copies.
void fold(const Parameter& kernel, const Parameter* bias, const Norm& norm, Tensor& w, Tensor& b) {
  const Device device = kernel.value.device();
  std::vector<float> filter = kernel.value.to_vector();
  const auto channels = static_cast<std::size_t>(kernel.value.extent(-1));
  std::vector<float> offset = bias ? bias->value.to_vector() : std::vector<float>(channels);
  if (norm.gamma) {
    const auto gamma = norm.gamma->value.to_vector(), beta = norm.beta->value.to_vector();
    const auto mean = norm.moving_mean->value.to_vector(), variance = norm.moving_variance->value.to_vector();
    std::vector<double> factor(channels);
    for (std::size_t k = 0; k < channels; ++k) {
      factor[k] = gamma[k] / std::sqrt(static_cast<double>(variance[k]) + static_cast<double>(norm.epsilon));
      offset[k] = static_cast<float>((static_cast<double>(offset[k]) - mean[k]) * factor[k] + beta[k]);
    }
    for (std::size_t i = 0; i < filter.size(); ++i)
      filter[i] = static_cast<float>(static_cast<double>(filter[i]) * factor[i % channels]);
  }
  w = Tensor::from(kernel.value.shape(), filter).to(device);
  b = bias || norm.gamma ? Tensor::from({static_cast<Index>(channels)}, offset).to(device) : Tensor();
}

}  // namespace

Tensor FoldedLayers::run(const ConvNorm& layer, const Tensor& x, Activation activation, const Tensor& residual) {
  const Conv2d geometry = layer.conv.geometry(x);
  const auto [it, is_new] = layers_.try_emplace(layer.conv.kernel);
  Folded& f = it->second;
  if (is_new) {
    fold(*layer.conv.kernel, layer.conv.bias, layer.norm, f.w, f.b);
    f.packed = conv2d_pack(f.w, geometry, x.extent(1), x.extent(2));
  }
  return conv2d_packed(x, f.w, f.b, f.packed, geometry, activation, residual);
}

Tensor FoldedLayers::run(const DepthwiseNorm& layer, const Tensor& x, Activation activation) {
  const auto [it, is_new] = layers_.try_emplace(layer.conv.kernel);
  Folded& f = it->second;
  if (is_new) fold(*layer.conv.kernel, nullptr, layer.norm, f.w, f.b);
  return depthwise_fused(x, f.w, f.b, layer.conv.geometry(x), activation);
}

InferenceForm::InferenceForm(Model& model) : model_(model) {
  const InputSpec& in = model.input;
  // Meets every layer, and waits for them: another thread may be the one that asks.
  forward(Tensor::full({1, in.size, in.size, in.channels}, 0.0f, model.parameters.device())).to_vector();
}

Tensor InferenceForm::forward(const Tensor& x, const Tensor& memory) {
  const NoGrad no_grad;
  Context context;
  context.folded = &layers_;
  context.memory = memory;
  return model_.forward(x, context);
}

}  // namespace mueca
