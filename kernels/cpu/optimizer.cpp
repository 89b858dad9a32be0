// One step of an optimizer over a flat range of parameters.
#include <cmath>

#include "core/kernel_list.h"
#include "kernels/cpu/strips.h"

namespace mueca::cpu {

// Stochastic gradient descent with (Nesterov) momentum and weight decay in the gradient.
void sgd_step(Stream&, Out<1> p, In<1> g, Out<1> v, SgdStep how) {
  parallel_for(p.size(), kGrain, [&](Index begin, Index end) {
    float* __restrict pp = p.data;
    float* __restrict pv = v.data;
    const float* __restrict pg = g.data;
    const float ahead = how.nesterov ? how.momentum : 1, at_once = how.nesterov ? 1 : 0;
    for (Index i = begin; i < end; ++i) {
      const float d = pg[i] + how.weight_decay * pp[i];
      pv[i] = how.momentum * pv[i] + d;
      pp[i] -= how.lr * (at_once * d + ahead * pv[i]);
    }
  });
}

// Adam, its weight decay in the gradient or (decoupled) in the parameter itself.
void adam_step(Stream&, Out<1> p, In<1> g, Out<1> m, Out<1> v, AdamStep how) {
  parallel_for(p.size(), kGrain, [&](Index begin, Index end) {
    float* __restrict pp = p.data;
    float* __restrict pm = m.data;
    float* __restrict pv = v.data;
    const float* __restrict pg = g.data;
    const float in_gradient = how.decoupled ? 0 : how.weight_decay;
    const float in_parameter = how.decoupled ? how.lr * how.weight_decay : 0;
    const float rate = how.lr / how.correction1, root = 1 / std::sqrt(how.correction2);
    for (Index i = begin; i < end; ++i) {
      const float d = pg[i] + in_gradient * pp[i];
      pm[i] += (1 - how.beta1) * (d - pm[i]);
      pv[i] += (1 - how.beta2) * (d * d - pv[i]);
      pp[i] -= in_parameter * pp[i] + rate * pm[i] / (std::sqrt(pv[i]) * root + how.epsilon);
    }
  });
}

}  // namespace mueca::cpu
