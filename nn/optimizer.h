// Optimizers over the flat parameters: two kernel calls a step, one for the decayed range, one for the rest.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/kernel_args.h"
#include "nn/fields.h"
#include "nn/parameter.h"

namespace mueca {

struct OptimizerConfig {
  std::string kind = "adamw";  // sgd, adam (decay joins the gradient: L2), adamw (decoupled decay)
  float momentum = 0.9f;       // sgd
  bool nesterov = true;        // sgd
  float beta1 = 0.9f, beta2 = 0.999f, epsilon = 1e-8f;  // adam, adamw
  float weight_decay = 0;                               // kernels only: not biases, not batch-norm
};

template <class F>
void visit_fields(OptimizerConfig& c, F&& f) {
  f("kind", c.kind), f("momentum", c.momentum), f("nesterov", c.nesterov), f("beta1", c.beta1), f("beta2", c.beta2);
  f("epsilon", c.epsilon), f("weight_decay", c.weight_decay);
}

class Optimizer {
 public:
  // Throws Error for an unknown kind or a field outside its range. The parameters must outlive the optimizer.
  Optimizer(const OptimizerConfig& config, ParameterSet& parameters);

  // One update with `gradient` in the layout of parameters.trainable(), usually parameters.gather_gradients().
  void step(float lr, const Tensor& gradient);
  // Its two halves. On the host: counts the step, and writes what the second half reads into `numbers`.
  void advance(float lr, StepNumbers& numbers);
  // On the device, kernels alone: `numbers` is that StepNumbers there (core/records.h).
  void update(const Tensor& gradient, const Tensor& numbers);

  // All there is to save, besides steps(): "velocity" or "m" and "v", each [n] like parameters.trainable(). Loading
  // writes into them in place.
  const std::vector<std::pair<std::string, Tensor>>& state() const { return state_; }
  std::int64_t steps() const { return steps_; }  // taken so far: Adam's bias correction needs it
  void set_steps(std::int64_t steps) { steps_ = steps; }

 private:
  OptimizerConfig config_;
  ParameterSet& parameters_;
  std::vector<std::pair<std::string, Tensor>> state_;
  std::int64_t steps_ = 0;
};

}  // namespace mueca
