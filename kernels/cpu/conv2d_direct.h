// Convolution by plain loops: any stride, filter and padding; exact for small integers; no scratch but a transposed
// filter.
#pragma once
#include "kernels/conv_shape.h"

namespace mueca::cpu {

void conv2d_direct_forward(const ConvShape&, const float* x, const float* w, const float* b, float* y);
void conv2d_direct_backward_data(const ConvShape&, const float* gy, const float* w, float* gx);
void conv2d_direct_backward_weights(const ConvShape&, const float* x, const float* gy, float* gw);

}  // namespace mueca::cpu
