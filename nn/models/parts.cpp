#include "nn/models/parts.h"

#include <algorithm>

#include "nn/inference.h"

namespace mueca {

Tensor ConvNorm::operator()(const Tensor& x, const Context& context, Activation activation,
                            const Tensor& residual) const {
  if (context.folded) return context.folded->run(*this, x, activation, residual);
  if (norm.gamma) return norm(conv(x), context, activation, residual);
  return mueca::activation(residual.defined() ? add(conv(x), residual) : conv(x), activation);
}

Tensor DepthwiseNorm::operator()(const Tensor& x, const Context& context, Activation activation) const {
  if (context.folded) return context.folded->run(*this, x, activation);
  return norm(conv(x), context, activation);
}

ConvNorm conv_norm(Maker& make, const std::string& name, int in, int out, int size, int stride, Pad pad) {
  const Conv conv = make.conv(name, in, out, size, stride, pad);
  return {conv, make.norm(name + "_bn", out)};
}

Classifier classifier(Maker& make, const ModelConfig& config, int features) {
  return {{"dropout", config.dropout}, make.dense("predictions", features, config.classes)};
}

Tensor Classifier::operator()(Tensor features, const Context& context) const {
  context.show("features", features);
  Tensor logits = dense(dropout(features, context));
  context.show("predictions", logits);
  return logits;
}

int make_divisible(float channels) {
  const int rounded = std::max(8, static_cast<int>(channels + 4) / 8 * 8);
  return static_cast<float>(rounded) < 0.9f * channels ? rounded + 8 : rounded;
}

void check_input(const Model& model, const Tensor& x) {
  const InputSpec& in = model.input;
  check(x.defined() && x.shape().rank() == 4 && x.extent(1) == in.size && x.extent(2) == in.size &&
            x.extent(3) == in.channels,
        model.config.name, ": x must be [N, ", in.size, ", ", in.size, ", ", in.channels, "], got ",
        x.defined() ? str(x.shape()) : "none");
}

}  // namespace mueca
