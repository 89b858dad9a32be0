// What the depthwise kernels share: the extents of a pass, and which template takes it.
#pragma once
#include "kernels/cuda/depthwise.h"
#include "kernels/cuda/vector.cuh"

namespace mueca::MUECA_CUDA {

// From x [N, H, W, C] with w [R, S, C] to y [N, P, Q, C].
struct Depthwise {
  std::int64_t images;
  int height, width, rows, columns, channels, r, s, stride, top, left;

  template <class X, class W, class Y>
  Depthwise(const X& x, const W& w, const Y& y, const Conv2d& g)
      : images(x.extent[0]),
        height(static_cast<int>(x.extent[1])),
        width(static_cast<int>(x.extent[2])),
        rows(static_cast<int>(y.extent[1])),
        columns(static_cast<int>(y.extent[2])),
        channels(static_cast<int>(x.extent[3])),
        r(static_cast<int>(w.extent[0])),
        s(static_cast<int>(w.extent[1])),
        stride(g.stride),
        top(g.pad.top),
        left(g.pad.left) {}
};

// Grids: x over the runs of channels of a row of tiles, y over rows of tiles, z over images.
inline dim3 tile_grid(std::int64_t images, int across, int down, unsigned threads) {
  return dim3(blocks_of(across, threads), static_cast<unsigned>(down),
              static_cast<unsigned>(std::min<std::int64_t>(images, 65535)));
}
// As many threads as a row of tiles has work for, so that small images leave few of them idle.
inline dim3 tile_block(int across) { return dim3(static_cast<unsigned>(std::min((across + 31) / 32 * 32, 256))); }

// Four channels of a thread, or two of a 5x5 filter, whose 25 weights each stay in registers: of bfloat16 8 or 4 bytes,
// as twice the channels would need twice the registers of a tile, and half of them is taken.
template <int Filter>
inline constexpr int kTileWidth = Filter > 3 ? 2 : 4;

// body(Constant<filter>, Constant<stride>) where `tiled` takes the geometry; false where it does not.
template <class Body, class... Pointers>
bool with_tiles(const Depthwise& d, const Body& body, const Pointers*... pointers) {
  if (ForceDepthwise::chosen() != DepthwiseAlgorithm::tiled || d.r != d.s) return false;
  const int width = d.r == 3 ? kTileWidth<3> : kTileWidth<5>;
  if (d.channels % width != 0 || !aligned(width, pointers...)) return false;
  if (d.r == 3 && d.stride == 1) return body(Constant<3>{}, Constant<1>{}), true;
  if (d.r == 3 && d.stride == 2) return body(Constant<3>{}, Constant<2>{}), true;
  if (d.r == 5 && d.stride == 1) return body(Constant<5>{}, Constant<1>{}), true;
  if (d.r == 5 && d.stride == 2) return body(Constant<5>{}, Constant<2>{}), true;
  return false;
}

template <int Width>
__device__ void add_product(Floats<Width>& sum, const Floats<Width>& a, const Floats<Width>& b) {
#pragma unroll
  for (int k = 0; k < Width; ++k) sum.at[k] += a.at[k] * b.at[k];
}

}  // namespace mueca::MUECA_CUDA
