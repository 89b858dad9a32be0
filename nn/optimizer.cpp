#include "nn/optimizer.h"

#include <cmath>

#include "core/kernels.h"
#include "core/records.h"

namespace mueca {

Optimizer::Optimizer(const OptimizerConfig& config, ParameterSet& parameters)
    : config_(config), parameters_(parameters) {
  const auto fraction = [](float v) { return v >= 0 && v < 1; };
  check(config.kind == "sgd" || config.kind == "adam" || config.kind == "adamw",
        "optimizer: kind must be sgd, adam or adamw, got ", config.kind);
  check(fraction(config.momentum), "optimizer: momentum must be in [0, 1), got ", config.momentum);
  check(fraction(config.beta1), "optimizer: beta1 must be in [0, 1), got ", config.beta1);
  check(fraction(config.beta2), "optimizer: beta2 must be in [0, 1), got ", config.beta2);
  check(config.epsilon > 0, "optimizer: epsilon must be positive, got ", config.epsilon);
  check(config.weight_decay >= 0, "optimizer: weight_decay must not be negative, got ", config.weight_decay);
  const auto zeros = [&] { return Tensor::full(parameters.trainable().shape(), 0.0f, parameters.device()); };
  if (config.kind == "sgd")
    state_ = {{"velocity", zeros()}};
  else
    state_ = {{"m", zeros()}, {"v", zeros()}};
}

void Optimizer::advance(float lr, StepNumbers& numbers) {
  ++steps_;
  const auto correction = [this](double beta) {
    return static_cast<float>(1.0 - std::pow(beta, static_cast<double>(steps_)));
  };
  numbers.lr = lr;
  numbers.correction1 = correction(config_.beta1), numbers.correction2 = correction(config_.beta2);
}

void Optimizer::update(const Tensor& gradient, const Tensor& numbers) {
  const Index n = parameters_.trainable().size(), decayed = parameters_.decayed().size();
  check(gradient.defined() && gradient.size() == n, "optimizer: gradient must be [", n, "], got ",
        gradient.defined() ? str(gradient.shape()) : "none");
  const auto& k = kernels(parameters_.device());
  Stream& stream = stream_of(parameters_.device());
  const Numbers now = records_of<StepNumbers>(numbers);
  const auto update = [&](Index begin, Index end, float decay) {
    if (begin == end) return;
    const auto part = [&](const Tensor& t) { return t.slice(begin, end - begin, {end - begin}).view<float, 1>(); };
    const auto p = part(parameters_.flat()), g = part(gradient), first = part(state_[0].second);
    if (config_.kind == "sgd") {
      k.sgd_step(stream, p, g, first, now, {config_.momentum, decay, config_.nesterov});
      return;
    }
    k.adam_step(stream, p, g, first, part(state_[1].second), now,
                {config_.beta1, config_.beta2, config_.epsilon, decay, config_.kind == "adamw"});
  };
  update(0, decayed, config_.weight_decay);
  update(decayed, n, 0.0f);
}

void Optimizer::step(float lr, const Tensor& gradient) {
  StepNumbers numbers;
  advance(lr, numbers);
  update(gradient, record_on(parameters_.device(), numbers));
}

}  // namespace mueca
