// t-SNE's cost and its gradient's attractive half.
#pragma once
#include "apps/embed/affinities.h"
#include "apps/embed/repulsion.h"

namespace mueca {

// force_i = sum over j of p_ij q_ij (a_i - a_j), q_ij = 1 / (1 + |a_i - a_j|^2). The gradient of the divergence is
// 4 (exaggeration * attraction - repulsion / Z), Z the sum of all q. The similarities go to the device once.
class Attraction {
 public:
  explicit Attraction(const Affinities& p, Device device = Device::cpu);
  void operator()(const Plane& points, Plane& force) const;

 private:
  Device device_;
  Tensor p_, column_, start_;
};

// Kullback-Leibler divergence sum p log(p / (q / Z)) over the entries of p, which sum to 1.
double divergence(const Affinities& p, const Plane& points, double z);

}  // namespace mueca
