// The algorithms of linear maps on CUDA's devices as runners of the suite, and what their narrower operands cost.
#pragma once
#include "kernels/conv_shape.h"
#include "tests/suite.h"

namespace mueca::suite {

std::vector<Runner> cuda_rungs();  // on the GPU, all of them; none in a build without CUDA
Runner emulated_wgmma();           // the others' own tests stand in kernels/emulated

// How far a runner may stray in each pass because it rounds both operands of its products: that share of the sum of
// their magnitudes, 2 r + r^2 with r the rounding of one.
struct ProductShares {
  double forward = 0, data = 0, weights = 0;
  bool none() const { return forward == 0 && data == 0 && weights == 0; }
};
ProductShares product_shares(const Runner& runner, const ConvShape& d);

Array magnitudes(Array a);
// Adds `share` of the sums of |products| to the bounds.
void widen_by(double share, const Array& sums, Array& bounds);

}  // namespace mueca::suite
