#include "bench/cuda/algorithms_of.h"

#include "core/error.h"

namespace mueca::bench {

#define MUECA_DECLARE_ALGORITHMS(space)                                                    \
  namespace space {                                                                        \
  std::vector<LinearAlgorithm> linear_algorithms(int pass, const ConvShape&, Store store); \
  std::shared_ptr<void> force_linear(int number);                                          \
  }
MUECA_DECLARE_ALGORITHMS(emulated)
#ifdef MUECA_HAVE_CUDA
MUECA_DECLARE_ALGORITHMS(cuda)
#endif

std::vector<LinearAlgorithm> linear_algorithms(Device device, Pass pass, const ConvShape& shape, Store store) {
#ifdef MUECA_HAVE_CUDA
  if (device == Device::cuda) return cuda::linear_algorithms(static_cast<int>(pass), shape, store);
#endif
  check(device == Device::emulated, "bench: no algorithms of device ", name_of(device));
  return emulated::linear_algorithms(static_cast<int>(pass), shape, store);
}

std::shared_ptr<void> force_linear(Device device, int number) {
#ifdef MUECA_HAVE_CUDA
  if (device == Device::cuda) return cuda::force_linear(number);
#endif
  check(device == Device::emulated, "bench: no algorithms of device ", name_of(device));
  return emulated::force_linear(number);
}

}  // namespace mueca::bench
