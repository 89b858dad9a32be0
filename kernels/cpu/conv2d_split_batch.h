// As conv2d_split.h, with 32 images side by side instead of neighbouring pixels: a tile is one pixel of 16 images, so
// nothing is computed between rows, and taps that fall outside the image cost nothing. For small images in batches.
#pragma once
#include "kernels/conv_shape.h"

namespace mueca::cpu {

void conv2d_split_batch_forward(const ConvShape&, const float* x, const float* w, const float* b, float* y);
void conv2d_split_batch_backward_data(const ConvShape&, const float* gy, const float* w, float* gx);

}  // namespace mueca::cpu
