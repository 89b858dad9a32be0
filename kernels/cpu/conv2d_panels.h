// A convolution as matrix products in plain float32: tiles of neighbouring outputs times panels of a packed filter. Its
// place is where the others have too little to do: few pixels, few channels, one image at a time.
#pragma once
#include "kernels/conv_shape.h"
#include "kernels/cpu/epilogue.h"

namespace mueca::cpu {

// w [depth = R * S * C, K] -> [K / width][depth][width], the last panel narrower; zeros fill the tail.
void pack_panels(const float* w, std::int64_t depth, std::int64_t k, float* out);
std::int64_t panels_size(std::int64_t depth, std::int64_t k);  // how many numbers that is

void conv2d_panels_forward(const ConvShape&, const float* x, const float* panels, const Epilogue&, float* y);

}  // namespace mueca::cpu
