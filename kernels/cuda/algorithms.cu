#include "kernels/cuda/algorithms.h"

namespace mueca::MUECA_CUDA {
namespace {

constexpr Algorithm kAll[] = {Algorithm::naive, Algorithm::tiled, Algorithm::stem, Algorithm::tf32x3,
                              Algorithm::tf32,  Algorithm::bf16,  Algorithm::wgmma};
thread_local int t_forced = -1;  // index of Algorithm, or -1: choose by shape
thread_local Rounding t_rounding = Rounding::by_shape;

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

// Estimates. Inside, each of the product's blocks reads 4 bytes a weight of its columns where it would read 2: 2 more
// for each 128 rows, from the second-level cache, 0.4 ps at 5.5 TB/s; its conversions, 2 048 of pairs a step at 16
// (A100) to 64 a clock, hide behind the step's 576 clocks of shared memory. A launch of its own is 2.5 us and 6 bytes a
// weight, 1.4 ps at 4.3 TB/s: as much as 4 times 128 rows. They meet at 2.5 us / 0.36 ps = 7 million weights read.
bool rounds_inside(std::int64_t rows, std::int64_t weights) {
  if (t_rounding != Rounding::by_shape) return t_rounding == Rounding::inside;
  const std::int64_t times = (rows + 127) / 128;
  return times <= 4 || weights <= 7'000'000 / (times - 4);
}

ForceAlgorithm::ForceAlgorithm(Algorithm algorithm, Rounding rounding)
    : before_(t_forced), rounding_before_(t_rounding) {
  t_forced = static_cast<int>(algorithm), t_rounding = rounding;
}
ForceAlgorithm::~ForceAlgorithm() { t_forced = before_, t_rounding = rounding_before_; }

Algorithm algorithm_for(Pass pass, const ConvShape& d, bool narrow) {
  const auto forced = static_cast<Algorithm>(t_forced);
  return t_forced >= 0 && supports(forced, pass, d, narrow) ? forced : choose(pass, d, precision(), narrow);
}

}  // namespace mueca::MUECA_CUDA
