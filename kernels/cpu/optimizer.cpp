// One step of an optimizer over a flat range of parameters.
#include <cmath>

#include "core/kernel_list.h"
#include "kernels/cpu/strips.h"

namespace mueca::cpu {

// What a gradient is multiplied by so that its norm does not pass `most`; beside it the norm.
void clip_factor(Stream&, In<1> square, float most, Out<1> y) {
  const float norm = std::sqrt(*square.data);
  y.data[0] = norm;
  y.data[1] = most > 0 && norm > most && norm < INFINITY ? most / norm : 1;
}

// Stochastic gradient descent with (Nesterov) momentum and weight decay in the gradient.
void sgd_step(Stream&, Out<1> p, In<1> g, Out<1> v, Numbers numbers, SgdStep how) {
  parallel_for(p.size(), kGrain, [&](Index begin, Index end) {
    float* __restrict pp = p.data;
    float* __restrict pv = v.data;
    const float* __restrict pg = g.data;
    const float lr = numbers.data->lr, momentum = how.momentum, decay = how.weight_decay;
    const float ahead = how.nesterov ? momentum : 1, at_once = how.nesterov ? 1 : 0;
#pragma omp simd
    for (Index i = begin; i < end; ++i) {
      const float d = pg[i] + decay * pp[i], v_new = momentum * pv[i] + d;
      pv[i] = v_new;
      pp[i] -= lr * (at_once * d + ahead * v_new);
    }
  });
}

// Adam, its weight decay in the gradient or (decoupled) in the parameter itself.
void adam_step(Stream&, Out<1> p, In<1> g, Out<1> m, Out<1> v, Numbers numbers, AdamStep how) {
  const StepNumbers now = *numbers.data;
  parallel_for(p.size(), kGrain, [&](Index begin, Index end) {
    float* __restrict pp = p.data;
    float* __restrict pm = m.data;
    float* __restrict pv = v.data;
    const float* __restrict pg = g.data;
    const float in_gradient = how.decoupled ? 0 : how.weight_decay;
    const float in_parameter = how.decoupled ? now.lr * how.weight_decay : 0;
    const float rate = now.lr / now.correction1, root = 1 / std::sqrt(now.correction2), epsilon = how.epsilon;
    const float new1 = 1 - how.beta1, new2 = 1 - how.beta2;
#pragma omp simd
    for (Index i = begin; i < end; ++i) {
      const float d = pg[i] + in_gradient * pp[i];
      pm[i] += new1 * (d - pm[i]);
      pv[i] += new2 * (d * d - pv[i]);
      pp[i] -= in_parameter * pp[i] + rate * pm[i] / (std::sqrt(pv[i]) * root + epsilon);
    }
  });
}

}  // namespace mueca::cpu
