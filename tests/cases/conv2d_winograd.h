// The error bounds of convolutions by Winograd's F(2x2, 3x3), whose outputs also carry the rounding of their tile's
// other pixels: 9/4 (n + 8) 2^-24 sum |x| over the 4x4 window times the filter's sum |w|, for n summed products
// (kernels/cpu/winograd.h). The maps of both gradients are the transposed ones, with the same constants.
#pragma once
#include "tests/suite.h"

namespace mueca::suite {

// Adds these bounds to y [N, P, Q, K] = conv(x, w), to gx, and to gw.
void widen_forward(const Array& x, const Array& w, Conv2d g, Array& y);
void widen_backward_data(const Array& gy, const Array& w, Conv2d g, Array& gx);
void widen_backward_weights(const Array& x, const Array& gy, Conv2d g, Array& gw);

}  // namespace mueca::suite
