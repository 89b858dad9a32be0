// Winograd's F(2x2, 3x3) (Lavin & Gray 2016) for 3x3 filters of unit stride: 16 products for 2x2 outputs instead of 36.
//   y = A' [(G w G') . (B' x B)] A,   A' = |1 1  1  0|   B' = |1  0 -1  0|   G = | 1    0    0 |
//                                          |0 1 -1 -1|        |0  1  1  0|       |1/2  1/2  1/2|
//                                                             |0 -1  1  0|       |1/2 -1/2  1/2|
//                                                             |0  1  0 -1|       | 0    0    1 |
// The gradients are the transposed maps. All constants are halves, so small integers stay exact. On reals the error of
// one output is not bounded by the sum |x w| of its own taps alone: what its 4x4 window holds beside them cancels, and
// leaves its rounding. Along one axis an output adds at most (|x0| + |x2|) |g0| + (|x1| + |x2|) sum |g| <= 2 sum |x|
// sum |g| in absolute values, so to first order its error is at most
//   4 (n + 24) 2^-24 sum_c (sum |x| over the window) (sum |w| over the filter),
// with n sums of products in a row (channels; tiles for the filter's gradient) and the roundings of the maps and of the
// partial sums behind them in the 24. F(4x4, 3x3) saves more products, but its sixths are not exact.
#pragma once
#include "kernels/conv_shape.h"

namespace mueca::cpu {

bool winograd_supports(const ConvShape&);  // 3x3, unit stride; any padding
void conv2d_winograd_forward(const ConvShape&, const float* x, const float* w, const float* b, float* y);
// The same with a filter that was transformed before, into winograd_filter_size numbers.
std::int64_t winograd_filter_size(std::int64_t c, std::int64_t k);
void winograd_transform_filter(const float* w, std::int64_t c, std::int64_t k, float* u);
void conv2d_winograd_transformed_forward(const ConvShape&, const float* x, const float* u, const float* b, float* y);
void conv2d_winograd_backward_data(const ConvShape&, const float* gy, const float* w, float* gx);
void conv2d_winograd_backward_weights(const ConvShape&, const float* x, const float* gy, float* gw);

}  // namespace mueca::cpu
