// Compiled by nvcc for the GPU and, with MUECA_EMULATED, for the executor.
#include "bench/cuda/algorithms_of.h"
#include "kernels/cuda/algorithms.h"

namespace mueca::bench::MUECA_CUDA {

std::vector<LinearAlgorithm> linear_algorithms(int pass, const ConvShape& shape, Store store) {
  namespace ours = mueca::MUECA_CUDA;
  using namespace ours;  // for Precision
  const auto which = static_cast<ours::Pass>(pass);
  constexpr Precision kPrecisions[] = {Precision::float32, Precision::tf32, Precision::bf16};
  const bool narrow = store != Store::float32;
  std::vector<LinearAlgorithm> found;
  for (const ours::Algorithm a : ours::linear_algorithms()) {
    if (!ours::supports(a, which, shape, narrow)) continue;
    const double rounding = ours::operand_rounding(a);
    const Math math = rounding >= 0x1p-8 ? Math::bf16 : rounding >= 0x1p-11 ? Math::tf32 : Math::float32;
    const bool chosen = ours::choose(which, shape, kPrecisions[static_cast<int>(math)], narrow) == a;
    found.push_back({static_cast<int>(a), std::string(ours::name_of(a)), math, chosen});
  }
  return found;
}

std::shared_ptr<void> force_linear(int number) {
  return std::make_shared<mueca::MUECA_CUDA::ForceAlgorithm>(static_cast<mueca::MUECA_CUDA::Algorithm>(number));
}

}  // namespace mueca::bench::MUECA_CUDA
