#include "nn/layers.h"

#include <algorithm>

#include "core/records.h"
#include "nn/init.h"

namespace mueca {
namespace {

Padding padding(Pad pad, const Tensor& x, Index filter, int stride) {
  const int half = static_cast<int>(filter / 2);
  switch (pad) {
    case Pad::same:
      return same_padding(x.extent(1), x.extent(2), filter, filter, stride);
    case Pad::keras_stride2:
      return keras_stride2_padding(x.extent(1), x.extent(2), filter);
    case Pad::symmetric:
      return {half, half, half, half};
  }
  return {};
}

Tensor zeros(int n) { return Tensor::full({n}, 0.0f); }
Tensor ones(int n) { return Tensor::full({n}, 1.0f); }
const Tensor& value_or_none(const Parameter* p) {
  static const Tensor none;
  return p ? p->value : none;
}

}  // namespace

Conv2d Conv::geometry(const Tensor& x) const { return {stride, padding(pad, x, kernel->value.extent(0), stride)}; }
Conv2d Depthwise::geometry(const Tensor& x) const { return {stride, padding(pad, x, kernel->value.extent(0), stride)}; }

Tensor Conv::operator()(const Tensor& x) const { return conv2d(x, kernel->value, value_or_none(bias), geometry(x)); }

Tensor Depthwise::operator()(const Tensor& x) const { return depthwise_conv2d(x, kernel->value, {}, geometry(x)); }

Tensor Dense::operator()(const Tensor& x) const { return dense(x, kernel->value, bias->value); }

Tensor Norm::operator()(const Tensor& x, const Context& context, Activation activation, const Tensor& residual) const {
  return batch_norm(x, gamma->value, beta->value, {moving_mean->value, moving_variance->value, momentum},
                    {epsilon, activation}, context.training && !inference, residual);
}

Tensor SqueezeExcite::operator()(const Tensor& x) const {
  return squeeze_excite(x, reduce.kernel->value, reduce.bias->value, expand.kernel->value, expand.bias->value);
}

Tensor Gru::operator()(const Tensor& x, const Tensor& state) const {
  return gru(x, kernel->value, recurrent->value, bias->value, state);
}

Tensor DropoutLayer::operator()(const Tensor& x, const Context& context) const {
  if (!context.training || rate == 0) return x;
  const Tensor numbers = context.numbers.defined() ? context.numbers : record_on(x.device(), StepNumbers{});
  return dropout(x, {rate, {seed_of(context.seed, name), RandomStream::dropout}}, numbers);
}

Conv Maker::conv(const std::string& name, int in, int out, int size, int stride, Pad pad, bool bias) {
  const std::string kernel = name + "/kernel";
  Conv layer{.stride = stride, .pad = pad};
  layer.kernel =
      parameters.add(kernel, he_normal({size, size, in, out}, Index{size} * size * in, seed, kernel), trainable, true);
  if (bias) layer.bias = parameters.add(name + "/bias", zeros(out), trainable, false);
  return layer;
}

Depthwise Maker::depthwise(const std::string& name, int channels, int size, int stride, Pad pad) {
  const std::string kernel = name + "/depthwise_kernel";
  const Tensor value = he_normal({size, size, channels}, Index{size} * size, seed, kernel);
  return {parameters.add(kernel, value, trainable, true), stride, pad};
}

Dense Maker::dense(const std::string& name, int in, int out) {
  const std::string kernel = name + "/kernel";
  Parameter* const w = parameters.add(kernel, glorot_uniform({in, out}, in, out, seed, kernel), trainable, true);
  return {w, parameters.add(name + "/bias", zeros(out), trainable, false)};
}

Dense Maker::dense_relu(const std::string& name, int in, int out) {
  const std::string kernel = name + "/kernel";
  Parameter* const w = parameters.add(kernel, he_normal({in, out}, in, seed, kernel), trainable, true);
  return {w, parameters.add(name + "/bias", zeros(out), trainable, false)};
}

Norm Maker::norm(const std::string& name, int channels) {
  Norm layer{.epsilon = norm_epsilon, .momentum = norm_momentum, .inference = norm_inference || !trainable};
  layer.gamma = parameters.add(name + "/gamma", ones(channels), trainable, false);
  layer.beta = parameters.add(name + "/beta", zeros(channels), trainable, false);
  layer.moving_mean = parameters.add(name + "/moving_mean", zeros(channels), false, false);
  layer.moving_variance = parameters.add(name + "/moving_variance", ones(channels), false, false);
  return layer;
}

Gru Maker::gru(const std::string& name, int in, int out) {
  const std::string kernel = name + "/kernel", recurrent = name + "/recurrent_kernel";
  Parameter* const w = parameters.add(kernel, glorot_uniform({in, 3 * out}, in, out, seed, kernel), trainable, true);
  Parameter* const u =
      parameters.add(recurrent, glorot_uniform({out, 3 * out}, out, out, seed, recurrent), trainable, true);
  return {w, u, parameters.add(name + "/bias", Tensor::full({2, 3 * out}, 0.0f), trainable, false)};
}

SqueezeExcite Maker::squeeze_excite(const std::string& name, int channels) {
  const int hidden = std::max(4, channels / 16);
  const Dense reduce = dense_relu(name + "_reduce", channels, hidden);
  return {reduce, dense(name + "_expand", hidden, channels)};
}

}  // namespace mueca
