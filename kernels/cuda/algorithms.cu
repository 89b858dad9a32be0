#include "kernels/cuda/algorithms.h"

namespace mueca::MUECA_CUDA {
namespace {

constexpr Algorithm kAll[] = {Algorithm::naive, Algorithm::tiled, Algorithm::stem, Algorithm::tf32x3,
                              Algorithm::tf32,  Algorithm::bf16,  Algorithm::wgmma};
thread_local int t_forced = -1;  // index of Algorithm, or -1: choose by shape

// Products of one element of the output, padding counted.
std::int64_t depth_of(Pass pass, const ConvShape& d) {
  if (pass == Pass::backward_weights) return d.n * d.p * d.q;
  return d.r * d.s * (pass == Pass::forward ? d.c : d.k);
}

}  // namespace

std::string_view name_of(Algorithm algorithm) {
  static constexpr std::string_view kNames[] = {"naive", "tiled", "stem", "tf32x3", "tf32", "bf16", "wgmma"};
  return kNames[static_cast<int>(algorithm)];
}

std::span<const Algorithm> linear_algorithms() { return kAll; }

bool supports(Algorithm algorithm, Pass pass, const ConvShape& d, bool narrow) {
  if (narrow && (algorithm == Algorithm::tf32x3 || algorithm == Algorithm::tf32)) return false;
  if (algorithm == Algorithm::wgmma) return pass == Pass::backward_weights ? wgmma_weights_fit(d) : wgmma_fits(d);
  if (algorithm != Algorithm::stem) return true;
  const std::int64_t window = d.r * d.s * d.c;
  return d.c <= 4 && d.k % 4 == 0 && window > 0 && pass != Pass::backward_data &&
         window <= (pass == Pass::forward ? 256 : 32);
}

Algorithm choose(Pass pass, const ConvShape& d, Precision precision, bool narrow) {
  if (supports(Algorithm::stem, pass, d, narrow)) return Algorithm::stem;
  // Three TF32 products are off by up to 8 roundings of float32: sums of fewer terms are left to float32 itself, and
  // so are outputs too thin to fill a tile.
  const std::int64_t thin = pass == Pass::backward_data ? d.c : d.k;
  if (thin < 8) return Algorithm::naive;
  if (depth_of(pass, d) < 32) return Algorithm::tiled;
  if (narrow) precision = Precision::bf16;
  if (precision == Precision::float32) return Algorithm::tf32x3;
  if (precision == Precision::tf32) return Algorithm::tf32;
  return supports(Algorithm::wgmma, pass, d, narrow) ? Algorithm::wgmma : Algorithm::bf16;
}

double operand_rounding(Algorithm algorithm) {
  if (algorithm == Algorithm::tf32x3) return 0x1p-22;
  if (algorithm == Algorithm::tf32) return 0x1p-11;
  return algorithm == Algorithm::bf16 || algorithm == Algorithm::wgmma ? 0x1p-8 : 0;
}

ForceAlgorithm::ForceAlgorithm(Algorithm algorithm) : before_(t_forced) { t_forced = static_cast<int>(algorithm); }
ForceAlgorithm::~ForceAlgorithm() { t_forced = before_; }

Algorithm algorithm_for(Pass pass, const ConvShape& d, bool narrow) {
  const auto forced = static_cast<Algorithm>(t_forced);
  return t_forced >= 0 && supports(forced, pass, d, narrow) ? forced : choose(pass, d, precision(), narrow);
}

}  // namespace mueca::MUECA_CUDA
