// The algorithms of the linear maps on a device, as the benches see them: kernels/cuda/algorithms.h is compiled once
// for the GPU and once for the executor.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "bench/cuda/job.h"
#include "kernels/conv_shape.h"

namespace mueca::bench {

enum class Pass { forward, backward_data, backward_weights };
inline constexpr const char* kPassNames[] = {"forward", "backward_data", "backward_weights"};

struct LinearAlgorithm {
  int number = 0;
  std::string name;
  Math math = Math::float32;
  bool chosen = false;  // what a call runs at this precision
};

// Those that take the shape, of activations stored so.
std::vector<LinearAlgorithm> linear_algorithms(Device device, Pass pass, const ConvShape& shape, Store store);
// Until it dies, linear maps that this thread starts on the device run this algorithm.
std::shared_ptr<void> force_linear(Device device, int number);

}  // namespace mueca::bench
