// clip_factor; sgd_step and adam_step: several steps on one parameter vector against the formulas of kernel_args.h in
// double.
#include "core/kernels.h"
#include "core/records.h"
#include "tests/suite.h"

namespace mueca::suite {
namespace {

constexpr int kSteps = 3;

// Inputs: p, then one gradient per step. Outputs: p and the state vectors after the last step.
Case make(std::string name, Index n, std::function<Arrays(const Arrays&)> forward,
          std::function<std::vector<Tensor>(const std::vector<Tensor>&)> op) {
  Case c;
  c.name = std::move(name);
  c.inputs.assign(1 + kSteps, Input{Shape{n}, Values::reals, false});
  c.forward = std::move(forward);
  c.op = std::move(op);
  c.c = 2;  // a device may factor the formula: lr (d + momentum v), m + (1 - beta)(g - m), sqrt(v) / sqrt(correction)
  return c;
}

Case make_sgd(Index n, float rate, SgdStep how) {
  const Real lr = rate, momentum = how.momentum, decay = how.weight_decay;
  return make(
      str("sgd_step ", n, " momentum ", how.momentum, " decay ", how.weight_decay, how.nesterov ? " nesterov" : ""), n,
      [=](const Arrays& in) -> Arrays {
        Array p = in[0], v(p.shape);
        for (int t = 0; t < kSteps; ++t)
          for (Index i = 0; i < n; ++i) {
            const Real g = in[static_cast<std::size_t>(1 + t)](i) + decay * p(i);
            v(i) = momentum * v(i) + g;
            p(i) = p(i) - lr * (how.nesterov ? g + momentum * v(i) : v(i));
          }
        return {p, v};
      },
      [=](const std::vector<Tensor>& in) -> std::vector<Tensor> {
        const Tensor p = in[0].clone(), v = Tensor::full(Shape{n}, 0, p.device());
        const Tensor now = record_on(p.device(), StepNumbers{.lr = rate});
        for (int t = 0; t < kSteps; ++t)
          kernels(p.device())
              .sgd_step(stream_of(p.device()), p.view<float, 1>(), in[static_cast<std::size_t>(1 + t)].view<float, 1>(),
                        v.view<float, 1>(), records_of<StepNumbers>(now), how);
        return {p, v};
      });
}

StepNumbers at_step(AdamStep how, float lr, int t) {
  const auto correction = [t](double beta) { return static_cast<float>(1 - std::pow(beta, t)); };
  return {.lr = lr, .correction1 = correction(how.beta1), .correction2 = correction(how.beta2)};
}

Case make_adam(Index n, float rate, AdamStep how) {
  const Real lr = rate, beta1 = how.beta1, beta2 = how.beta2, decay = how.weight_decay;
  return make(
      str("adam_step ", n, how.decoupled ? " decoupled" : "", " decay ", how.weight_decay, " epsilon ", how.epsilon), n,
      [=](const Arrays& in) -> Arrays {
        Array p = in[0], m(p.shape), v(p.shape);
        for (int t = 1; t <= kSteps; ++t) {
          const StepNumbers now = at_step(how, rate, t);
          for (Index i = 0; i < n; ++i) {
            Real g = in[static_cast<std::size_t>(t)](i);
            if (!how.decoupled) g = g + decay * p(i);
            m(i) = beta1 * m(i) + (1 - beta1) * g;
            v(i) = beta2 * v(i) + (1 - beta2) * (g * g);
            Real step =
                lr * ((m(i) / Real(now.correction1)) / (sqrt(v(i) / Real(now.correction2)) + Real(how.epsilon)));
            if (how.decoupled) step = step + lr * decay * p(i);
            p(i) = p(i) - step;
          }
        }
        return {p, m, v};
      },
      [=](const std::vector<Tensor>& in) -> std::vector<Tensor> {
        const Tensor p = in[0].clone(), m = Tensor::full(Shape{n}, 0, p.device()), v = m.clone();
        for (int t = 1; t <= kSteps; ++t)
          kernels(p.device())
              .adam_step(stream_of(p.device()), p.view<float, 1>(), in[static_cast<std::size_t>(t)].view<float, 1>(),
                         m.view<float, 1>(), v.view<float, 1>(),
                         records_of<StepNumbers>(record_on(p.device(), at_step(how, rate, t))), how);
        return {p, m, v};
      });
}

// squares are those of small integers, so that the norm has no rounding.
Case make_clip(float square, float most) {
  Case c;
  c.name = str("clip_factor of ", square, " at most ", most);
  c.inputs = {{Shape{1}, Values::reals, false, {square}}};
  c.forward = [=](const Arrays& in) -> Arrays {
    Array y(Shape{2});
    y(0) = sqrt(in[0](0));
    y(1) = most > 0 && y(0).v > most ? Real(most) / y(0) : Real(1);
    return {y};
  };
  c.op = [=](const std::vector<Tensor>& in) -> std::vector<Tensor> {
    const Tensor y(Shape{2}, DType::f32, in[0].device());
    kernels(y.device()).clip_factor(stream_of(y.device()), in[0].view<float, 1>(), most, y.view<float, 1>());
    return {y};
  };
  return c;
}

}  // namespace

Family optimizers_family() {
  Family f;
  for (const Index n : {5, 50021}) {
    f.cases.push_back(make_sgd(n, 0.1f, {0, 0, 0}));
    f.cases.push_back(make_sgd(n, 0.1f, {0.9f, 0, 0}));
    f.cases.push_back(make_sgd(n, 0.05f, {0.9f, 0.01f, 0}));
    f.cases.push_back(make_sgd(n, 0.05f, {0.9f, 0.01f, 1}));
    AdamStep adam;
    adam.decoupled = 0;
    f.cases.push_back(make_adam(n, 0.01f, adam));
    adam.weight_decay = 0.1f;
    f.cases.push_back(make_adam(n, 0.01f, adam));
    adam.decoupled = 1;
    f.cases.push_back(make_adam(n, 0.01f, adam));
    adam.epsilon = 0.1f, adam.beta1 = 0.8f, adam.beta2 = 0.95f;
    f.cases.push_back(make_adam(n, 0.01f, adam));
  }
  for (const float most : {0.0f, 2.0f, 5.0f, 7.0f}) f.cases.push_back(make_clip(25, most));
  f.refusals = {{"a device that is not there", [] { kernels(Device{9}); }, "device: ? is not in this build"}};
  return f;
}

}  // namespace mueca::suite
