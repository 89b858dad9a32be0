#include "kernels/cuda/algorithms.h"
#include "tests/rungs.h"

namespace mueca::suite {

std::vector<Runner> cuda_rungs() {
  std::vector<Runner> rungs;
#ifdef MUECA_HAVE_CUDA
  for (const cuda::Algorithm algorithm : cuda::linear_algorithms())
    rungs.push_back({str("cuda, ", cuda::name_of(algorithm)), Device::cuda,
                     [algorithm](const auto& body) {
                       const cuda::ForceAlgorithm force(algorithm);
                       body();
                     }});
#endif
  return rungs;
}

}  // namespace mueca::suite
