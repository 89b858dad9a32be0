// Shorthands of the jobs' references.
#pragma once
#include "bench/cuda/job.h"

namespace mueca::bench {

inline double at(const HostTensors& host, std::size_t tensor, std::int64_t i) {
  return host[tensor].values[static_cast<std::size_t>(i)];
}
// An output that a few roundings of `magnitude` may move.
inline Expected about(std::size_t tensor, std::int64_t i, double value, double magnitude) {
  return {tensor, i, value, magnitude, magnitude};
}
// Each tensor once.
inline double bytes_of(const std::vector<TensorSpec>& tensors, Store store = Store::float32) {
  double bytes = 0;
  for (const TensorSpec& t : tensors)
    if (t.kind != Kind::raw) bytes += static_cast<double>(bytes_in(t, ours(store)));
  return bytes;
}

}  // namespace mueca::bench
