#include "kernels/cpu/conv2d_panels.h"

#include <algorithm>
#include <vector>

#include "core/parallel.h"
#include "kernels/cpu/matmul_tile.h"

namespace mueca::cpu {
namespace {

constexpr std::int64_t kWidth = kTileColumns;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }
std::int64_t width_of(std::int64_t outputs) { return outputs > kLanes ? kWidth : kLanes; }  // of a panel

inline void prefetch(const float* p) { __builtin_prefetch(p, 0, 3); }

// The output pixels of one tile: where they begin in y, and per tap the pixel of x that each of them reads.
struct Tile {
  std::int64_t first, rows;
  const float* const* pixels;  // [taps][kTileRows]; outside the image: zeros
};

// Rows x (V vectors) outputs from `k0`: sums over taps and channels, then the epilogue.
template <int Rows, int V>
void multiply(const ConvShape& d, const Tile& t, const float* panel, std::int64_t k0, const Epilogue& e, float* y) {
  Vec sum[Rows][V];
  const std::int64_t taps = d.r * d.s;
#pragma GCC unroll 8
  for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < V; ++j) sum[i][j] = Vec{};
  for (std::int64_t tap = 0; tap < taps; ++tap) {
    const float* a[Rows];
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) a[i] = t.pixels[tap * kTileRows + i];
    for (std::int64_t c = 0; c < d.c; ++c, panel += V * kLanes) {
      Vec right[V];
#pragma GCC unroll 2
      for (int j = 0; j < V; ++j) right[j] = load(panel + j * kLanes), prefetch(panel + j * kLanes + 1024);
#pragma GCC unroll 8
      for (int i = 0; i < Rows; ++i) {
        const Vec left = broadcast(a[i][c]);
#pragma GCC unroll 2
        for (int j = 0; j < V; ++j) sum[i][j] += left * right[j];
      }
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < V; ++j) {
      const std::int64_t k = k0 + j * kLanes, at = (t.first + i) * d.k + k;
      const int lanes = static_cast<int>(std::clamp<std::int64_t>(d.k - k, 0, kLanes));
      if (lanes == 0) continue;
      Vec v = sum[i][j];
      if (e.b) v += lanes == kLanes ? load(e.b + k) : load_first(e.b + k, lanes);
      if (e.residual) v += lanes == kLanes ? load(e.residual + at) : load_first(e.residual + at, lanes);
      v = clip(v, e.activation);
      lanes == kLanes ? store(y + at, v) : store_first(y + at, v, lanes);
    }
}

template <int V>
void multiply_rows(const ConvShape& d, const Tile& t, const float* panel, std::int64_t k0, const Epilogue& e,
                   float* y) {
  switch (t.rows) {
    case 1:
      return multiply<1, V>(d, t, panel, k0, e, y);
    case 2:
      return multiply<2, V>(d, t, panel, k0, e, y);
    case 3:
      return multiply<3, V>(d, t, panel, k0, e, y);
    case 4:
      return multiply<4, V>(d, t, panel, k0, e, y);
#if defined(__AVX512F__) || defined(__aarch64__)
    case 5:
      return multiply<5, V>(d, t, panel, k0, e, y);
    case 6:
      return multiply<6, V>(d, t, panel, k0, e, y);
    case 7:
      return multiply<7, V>(d, t, panel, k0, e, y);
    case 8:
      return multiply<8, V>(d, t, panel, k0, e, y);
#endif
    default:
      return;
  }
}

// Fills pixels[taps][kTileRows] for output pixels [first, first + rows) of all images.
void find_pixels(const ConvShape& d, const float* x, const float* zeros, std::int64_t first, std::int64_t rows,
                 const float** pixels) {
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::int64_t at = first + i, q = at % d.q, p = at / d.q % d.p, n = at / d.q / d.p;
    const std::int64_t h0 = p * d.stride - d.top, w0 = q * d.stride - d.left;
    for (std::int64_t r = 0; r < d.r; ++r)
      for (std::int64_t s = 0; s < d.s; ++s) {
        const std::int64_t h = h0 + r, w = w0 + s;
        const bool inside = h >= 0 && h < d.h && w >= 0 && w < d.w;
        pixels[(r * d.s + s) * kTileRows + i] = inside ? x + ((n * d.h + h) * d.w + w) * d.c : zeros;
      }
  }
}

}  // namespace

std::int64_t panels_size(std::int64_t depth, std::int64_t k) {
  const std::int64_t whole = k / kWidth * kWidth;
  return depth * (whole + (k > whole ? width_of(k - whole) : 0));
}

void pack_panels(const float* w, std::int64_t depth, std::int64_t k, float* out) {
  for (std::int64_t k0 = 0; k0 < k; k0 += kWidth) {
    const std::int64_t width = width_of(k - k0), count = std::min(width, k - k0);
    for (std::int64_t i = 0; i < depth; ++i, out += width) {
      std::copy_n(w + i * k + k0, count, out);
      std::fill(out + count, out + width, 0.0f);
    }
  }
}

void conv2d_panels_forward(const ConvShape& d, const float* x, const float* panels, const Epilogue& e, float* y) {
  constexpr std::int64_t kFilterBytes = 32 << 10, kWork = 1 << 16;  // a filter that stays close; products per thread
  const std::int64_t depth = d.r * d.s * d.c, count = d.n * d.p * d.q;
  const std::int64_t panel_count = ceil_div(d.k, kWidth), tiles = ceil_div(count, kTileRows);
  // A large filter is walked once, panel by panel, past all pixels; a small one past every tile of pixels.
  const bool panel_by_panel = depth * d.k * 4 > kFilterBytes;
  const std::int64_t unit = std::max<std::int64_t>(1, depth * kWidth * kTileRows);
  parallel_for(tiles * panel_count, ceil_div(kWork, unit), [&](std::int64_t begin, std::int64_t end) {
    const std::vector<float> zeros(static_cast<std::size_t>(d.c));
    std::vector<const float*> pixels(static_cast<std::size_t>(d.r * d.s * kTileRows));
    std::int64_t at = -1;  // the tile that `pixels` belong to
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t tile = panel_by_panel ? i % tiles : i / panel_count;
      const std::int64_t panel = panel_by_panel ? i / tiles : i % panel_count;
      const std::int64_t first = count * tile / tiles, rows = count * (tile + 1) / tiles - first;
      if (tile != at) find_pixels(d, x, zeros.data(), first, rows, pixels.data());
      at = tile;
      const Tile t{first, rows, pixels.data()};
      const auto run = width_of(d.k - panel * kWidth) == kWidth ? multiply_rows<kTileVecs> : multiply_rows<1>;
      run(d, t, panels + panel * kWidth * depth, panel * kWidth, e, y);
    }
  });
}

}  // namespace mueca::cpu
