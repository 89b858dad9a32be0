// Convolution on bfloat16 matrix units with float32 results (split_bf16.h). Only where has_amx(); any geometry.
#pragma once
#include "kernels/conv_shape.h"
#include "kernels/cpu/epilogue.h"

namespace mueca::cpu {

void conv2d_split_forward(const ConvShape&, const float* x, const float* w, const float* b, float* y);
void conv2d_split_backward_data(const ConvShape&, const float* gy, const float* w, float* gx);
void conv2d_split_backward_weights(const ConvShape&, const float* x, const float* gy, float* gw);

// The same forward pass with a filter that was packed before (filter_tiles.h), and an epilogue. `packed` has room for
// 3/2 of the padded filter's numbers.
void conv2d_split_pack(const float* w, std::int64_t taps, std::int64_t c, std::int64_t k, float* packed);
void conv2d_split_packed_forward(const ConvShape&, const float* x, const float* packed, const Epilogue&, float* y);

}  // namespace mueca::cpu
