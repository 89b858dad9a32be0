// Convolution on bfloat16 matrix units with float32 results (split_bf16.h). Only where has_amx(); any geometry.
#pragma once
#include "kernels/cpu/conv_shape.h"

namespace mueca::cpu {

void conv2d_split_forward(const ConvShape&, const float* x, const float* w, const float* b, float* y);
void conv2d_split_backward_data(const ConvShape&, const float* gy, const float* w, float* gx);
void conv2d_split_backward_weights(const ConvShape&, const float* x, const float* gy, float* gw);

}  // namespace mueca::cpu
