// A convolution as a sum of matrix products over "flat" pixels: the padded image is one line of pixels, a filter tap is
// a shift along that line, and 16 neighbouring pixels are one tile, whatever the width. The places between the rows are
// computed as well and thrown away. A strided input is cut into stride x stride phases, each with unit stride; a
// strided gradient is one job per phase of its output. So one loop serves forward and backward data of any geometry.
#pragma once
#include <vector>

#include "kernels/conv_shape.h"

namespace mueca::cpu {

struct FlatTap {
  std::int64_t phase, row, column;  // where the tap reads: phase of the source, rows and columns further
  std::int64_t filter;              // r * S + s
};

// One phase of the output: rows x columns values, `*_step` floats apart.
struct FlatJob {
  std::int64_t rows, columns;
  std::int64_t first, row_step, column_step;
  std::vector<FlatTap> taps;
};

struct FlatConv {
  std::int64_t n, h, w, c;  // the source
  std::int64_t stride, row_phases, column_phases;
  std::int64_t top, left;      // source row of packed row u, phase a: u * stride + a - top
  std::int64_t k, image_step;  // of the output; floats from image to image
  std::int64_t rows, columns;  // the largest job
  std::int64_t extra_rows;     // packed rows beyond `rows` that taps reach
  std::int64_t period, pitch;  // packed rows per image, packed pixels per row (zeros are shared by neighbours)
  bool transposed;             // the filter maps K to C
  std::vector<FlatJob> jobs;
};

// A 1x1 filter of unit stride sees no image, only pixels: [1, rows, 64 or W, C]. Other shapes stay as they are.
ConvShape without_space(const ConvShape&);
FlatConv flat_forward(const ConvShape&);
FlatConv flat_backward_data(const ConvShape&);

}  // namespace mueca::cpu
