// Tiles of Winograd's F(2x2, 3x3): 2x2 outputs and the 4x4 inputs that they see, numbered over all images.
#pragma once
#include <algorithm>

#include "kernels/conv_shape.h"
#include "kernels/cpu/simd.h"

namespace mueca::cpu {

inline constexpr int kPoints = 16;  // products per tile

struct WinogradTiles {
  const ConvShape& d;
  std::int64_t rows = (d.p + 1) / 2, columns = (d.q + 1) / 2, count = d.n * rows * columns;
};

struct TilePlace {
  std::int64_t n, p, q;  // the first output
};
inline TilePlace place_of(const WinogradTiles& t, std::int64_t tile) {
  return {tile / t.columns / t.rows, tile / t.columns % t.rows * 2, tile % t.columns * 2};
}

// B' x B for `count` tiles from `first`, channels [c0, c0 + channels): v[kPoints][tiles][pitch], points `stride` floats
// apart; outside x is zero. Lanes behind the last channel are zero.
void transform_input(const WinogradTiles&, const float* x, std::int64_t first, std::int64_t count, std::int64_t c0,
                     std::int64_t channels, float* v, std::int64_t stride, std::int64_t pitch);

// v[i] = B' t[i] for a column of four.
inline void input_column(const Vec t[4], Vec v[4]) {
  v[0] = t[0] - t[2];
  v[1] = t[1] + t[2];
  v[2] = t[2] - t[1];
  v[3] = t[1] - t[3];
}

}  // namespace mueca::cpu
