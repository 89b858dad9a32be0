#include "tests/rungs.h"

#include <cmath>

#include "kernels/cuda/algorithms.h"

namespace mueca::suite {

Runner emulated_wgmma() {
  return {str("emulated, ", emulated::name_of(emulated::Algorithm::wgmma)), Device::emulated,
          [](const auto& body) {
            const emulated::ForceAlgorithm force(emulated::Algorithm::wgmma);
            body();
          },
          [](const Case& c) {  // what it is for
            const Shape &x = c.inputs[0].shape, &w = c.inputs[1].shape;
            return x[3] % 64 == 0 && w[3] % 64 == 0 && w[0] * w[1] > 1;
          }};
}

ProductShares product_shares(const Runner& runner, const ConvShape& d) {
  ProductShares shares;
  for (const emulated::Algorithm algorithm : emulated::linear_algorithms()) {
    if (runner.device == Device::cpu || runner.name != str(name_of(runner.device), ", ", emulated::name_of(algorithm)))
      continue;
    const double r = emulated::operand_rounding(algorithm), share = (2 + r) * r;
    const auto of = [&](emulated::Pass pass) { return emulated::supports(algorithm, pass, d) ? share : 0; };
    shares = {of(emulated::Pass::forward), of(emulated::Pass::backward_data), of(emulated::Pass::backward_weights)};
  }
  return shares;
}

Array magnitudes(Array a) {
  for (Real& v : a.at) v = {std::abs(v.v), v.e};
  return a;
}

void widen_by(double share, const Array& sums, Array& bounds) {
  for (std::size_t i = 0; i < bounds.at.size(); ++i) bounds.at[i].e += share * sums.at[i].v;
}

}  // namespace mueca::suite
