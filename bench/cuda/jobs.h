// All jobs, by family.
#pragma once
#include <vector>

#include "bench/cuda/job.h"
#include "bench/cuda/shapes.h"
#include "core/kernels.h"

namespace mueca::bench {

struct Plan {
  Device device = Device::cuda;
  Scale scale = Scale::full;
  std::vector<std::int64_t> batches = {64, 256, 1024};
  bool all_algorithms = false;
};

std::vector<Job> conv_jobs(const Plan& plan);       // stem, pointwise, conv2d, depthwise: three passes
std::vector<Job> norm_jobs(const Plan& plan);       // batch normalisation, with ReLU and residual
std::vector<Job> conv_norm_jobs(const Plan& plan);  // a convolution with the normalisation and ReLU behind it
std::vector<Job> attention_jobs(const Plan& plan);  // squeeze-and-excitation
std::vector<Job> softmax_jobs(const Plan& plan);    // and cross-entropy
std::vector<Job> pool_jobs(const Plan& plan);
std::vector<Job> small_jobs(const Plan& plan);  // optimizer, augment, resize
std::vector<Job> all_jobs(const Plan& plan);

// How activations are stored in turn.
inline constexpr Store kStores[] = {Store::float32, Store::bfloat16};

// Batches of a shape: the plan's, and for the sweep its smallest alone.
std::vector<std::int64_t> batches_of(const Plan& plan, const char* network);

// Views of a job's pointers.
template <class T, int Rank>
View<T, Rank> seen(T* data, const std::vector<std::int64_t>& extents) {
  View<T, Rank> v;
  v.data = data;
  for (int i = 0; i < Rank; ++i) v.extent[i] = extents[static_cast<std::size_t>(i)];
  return v;
}
template <int Rank>
View<const float, Rank> in(const void* data, const std::vector<std::int64_t>& extents) {
  return seen<const float, Rank>(static_cast<const float*>(data), extents);
}
template <int Rank>
View<float, Rank> out(void* data, const std::vector<std::int64_t>& extents) {
  return seen<float, Rank>(static_cast<float*>(data), extents);
}
// Activations, stored as the job says.
template <int Rank>
Activations<Rank> act(Store store, void* data, const std::vector<std::int64_t>& extents) {
  if (store == Store::float32) return out<Rank>(data, extents);
  return seen<bf16, Rank>(static_cast<bf16*>(data), extents);
}

}  // namespace mueca::bench
