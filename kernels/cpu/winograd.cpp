// Forward and backward data: a block of tiles is transformed, multiplied with the transformed filter in 16 matrix
// products, and transformed back, all within the second-level cache.
#include "kernels/cpu/winograd.h"

#include "core/memory.h"
#include "core/parallel.h"
#include "kernels/cpu/filter.h"
#include "kernels/cpu/matmul_tile.h"
#include "kernels/cpu/winograd_tiles.h"

namespace mueca::cpu {
namespace {

std::int64_t round_up(std::int64_t n, std::int64_t to) { return (n + to - 1) / to * to; }

// G w G' of w [3, 3, C, K]: u [kPoints][K / kTileColumns][C][kTileColumns], zero behind the last output.
void transform_filter(const float* w, std::int64_t c, std::int64_t k, float* u) {
  const std::int64_t padded = round_up(k, kTileColumns);
  parallel_for(c, 4, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t ci = begin; ci < end; ++ci)
      for (std::int64_t ki = 0; ki < padded; ki += kLanes) {
        const int lanes = static_cast<int>(std::clamp<std::int64_t>(k - ki, 0, kLanes));
        Vec t[4][3];
        for (int s = 0; s < 3; ++s) {
          const auto tap = [&](int r) {
            const float* const at = w + ((r * 3 + s) * c + ci) * k + ki;
            return lanes == kLanes ? load(at) : lanes ? load_first(at, lanes) : Vec{};
          };
          const Vec a = tap(0), b = tap(1), e = tap(2), half = broadcast(0.5f);
          t[0][s] = a;
          t[1][s] = (a + b + e) * half;
          t[2][s] = (a - b + e) * half;
          t[3][s] = e;
        }
        float* const to = u + (ki / kTileColumns * c + ci) * kTileColumns + ki % kTileColumns;
        for (int i = 0; i < 4; ++i) {
          const Vec a = t[i][0], b = t[i][1], e = t[i][2], half = broadcast(0.5f);
          const Vec row[4] = {a, (a + b + e) * half, (a - b + e) * half, e};
          for (int j = 0; j < 4; ++j) store(to + (i * 4 + j) * padded * c, row[j]);
        }
      }
  });
}

// y of `count` tiles from `first` = A' m A + b, outputs [k0, k0 + kn); m [kPoints][tiles][pitch], points `stride`
// floats apart.
void transform_output(const WinogradTiles& t, const float* m, std::int64_t stride, std::int64_t pitch,
                      std::int64_t first, std::int64_t count, std::int64_t k0, std::int64_t kn, const float* b,
                      float* y) {
  const ConvShape& d = t.d;
  for (std::int64_t tile = 0; tile < count; ++tile) {
    const TilePlace at = place_of(t, first + tile);
    float* const out = y + ((at.n * d.p + at.p) * d.q + at.q) * d.k + k0;
    for (std::int64_t k = 0; k < kn; k += kLanes) {
      const int lanes = static_cast<int>(std::min<std::int64_t>(kLanes, kn - k));
      Vec half[2][4];
      for (int j = 0; j < 4; ++j) {
        Vec v[4];
        for (int i = 0; i < 4; ++i) v[i] = load(m + (i * 4 + j) * stride + tile * pitch + k);
        half[0][j] = v[0] + v[1] + v[2];
        half[1][j] = v[1] - v[2] - v[3];
      }
      const Vec bias = b ? (lanes == kLanes ? load(b + k0 + k) : load_first(b + k0 + k, lanes)) : Vec{};
      for (int i = 0; i < 2 && at.p + i < d.p; ++i) {
        const Vec pair[2] = {half[i][0] + half[i][1] + half[i][2] + bias, half[i][1] - half[i][2] - half[i][3] + bias};
        for (int j = 0; j < 2 && at.q + j < d.q; ++j) {
          float* const to = out + (i * d.q + j) * d.k + k;
          lanes == kLanes ? store(to, pair[j]) : store_first(to, pair[j], lanes);
        }
      }
    }
  }
}

}  // namespace

bool winograd_supports(const ConvShape& d) {
  return d.r == 3 && d.s == 3 && d.stride == 1 && d.n * d.p * d.q * d.c * d.k * d.h * d.w != 0;
}

void transform_input(const WinogradTiles& t, const float* x, std::int64_t first, std::int64_t count, std::int64_t c0,
                     std::int64_t channels, float* v, std::int64_t stride, std::int64_t pitch) {
  const ConvShape& d = t.d;
  for (std::int64_t tile = 0; tile < count; ++tile) {
    const TilePlace at = place_of(t, first + tile);
    const std::int64_t h = at.p - d.top, w = at.q - d.left;
    const float* const window = x + ((at.n * d.h + h) * d.w + w) * d.c + c0;
    const bool inside = h >= 0 && w >= 0 && h + 4 <= d.h && w + 4 <= d.w;
    for (std::int64_t c = 0; c < channels; c += kLanes) {
      const int lanes = static_cast<int>(std::min<std::int64_t>(kLanes, channels - c));
      Vec columns[4][4];  // [column][row] of B' x
      for (int j = 0; j < 4; ++j) {
        Vec column[4];
        for (int i = 0; i < 4; ++i) {
          const bool there = inside || (h + i >= 0 && h + i < d.h && w + j >= 0 && w + j < d.w);
          const float* const pixel = window + (i * d.w + j) * d.c + c;
          column[i] = there ? (lanes == kLanes ? load(pixel) : load_first(pixel, lanes)) : Vec{};
        }
        input_column(column, columns[j]);
      }
      float* const to = v + tile * pitch + c;
      for (int i = 0; i < 4; ++i) {
        const Vec row[4] = {columns[0][i], columns[1][i], columns[2][i], columns[3][i]};
        Vec out[4];
        input_column(row, out);
        for (int j = 0; j < 4; ++j) store(to + (i * 4 + j) * stride, out[j]);
      }
    }
  }
}

std::int64_t winograd_filter_size(std::int64_t c, std::int64_t k) { return kPoints * c * round_up(k, kTileColumns); }

void winograd_transform_filter(const float* w, std::int64_t c, std::int64_t k, float* u) {
  transform_filter(w, c, k, u);
}

void conv2d_winograd_forward(const ConvShape& d, const float* x, const float* w, const float* b, float* y) {
  const Buffer filter(Device::cpu, static_cast<std::size_t>(winograd_filter_size(d.c, d.k)) * sizeof(float));
  auto* const u = static_cast<float*>(filter.data());
  transform_filter(w, d.c, d.k, u);
  conv2d_winograd_transformed_forward(d, x, u, b, y);
}

void conv2d_winograd_transformed_forward(const ConvShape& d, const float* x, const float* u, const float* b, float* y) {
  constexpr std::int64_t kInputBytes = 512 << 10, kChunk = 2 * kTileColumns;  // of transformed input; outputs at a time
  const WinogradTiles t{d};
  const std::int64_t padded_k = round_up(d.k, kTileColumns), pitch = round_up(d.c, kLanes);
  const std::int64_t fit = kInputBytes / (kPoints * 4 * pitch) / kTileRows * kTileRows;
  const std::int64_t share = round_up((t.count + 2 * thread_count() - 1) / (2 * thread_count()), kTileRows);
  const std::int64_t tiles = std::clamp<std::int64_t>(std::min(fit, share), 2 * kTileRows, 512);
  const std::int64_t blocks = (t.count + tiles - 1) / tiles;
  // An odd number of lines between points: 16 streams at a power of two would share one set of the first-level cache.
  const std::int64_t v_stride = tiles * pitch + kLanes, m_stride = tiles * kChunk + kLanes;
  parallel_for(blocks, 1, [&](std::int64_t begin, std::int64_t end) {
    const Buffer scratch(Device::cpu, static_cast<std::size_t>(kPoints * (v_stride + m_stride)) * sizeof(float));
    auto* const v = static_cast<float*>(scratch.data());  // [kPoints, tiles, pitch]
    float* const m = v + kPoints * v_stride;              // [kPoints, tiles, kChunk]
    std::fill_n(v, kPoints * v_stride, 0.0f);
    for (std::int64_t block = begin; block < end; ++block) {
      const std::int64_t first = block * tiles, count = std::min(tiles, t.count - first);
      transform_input(t, x, first, count, 0, d.c, v, v_stride, pitch);
      for (std::int64_t k0 = 0; k0 < d.k; k0 += kChunk) {
        const std::int64_t kn = std::min(kChunk, d.k - k0);
        for (int point = 0; point < kPoints; ++point)
          for (std::int64_t k = 0; k < kn; k += kTileColumns)
            for (std::int64_t tile = 0; tile < count; tile += kTileRows)
              matmul_tile<false>(d.c, v + point * v_stride + tile * pitch, pitch, 1,
                                 u + (point * padded_k + k0 + k) * d.c, kTileColumns,
                                 m + point * m_stride + tile * kChunk + k, kChunk);
        transform_output(t, m, m_stride, kChunk, first, count, k0, kn, b, y);
      }
    }
  });
}

void conv2d_winograd_backward_data(const ConvShape& d, const float* gy, const float* w, float* gx) {
  const Buffer scratch(Device::cpu, static_cast<std::size_t>(9 * d.c * d.k) * sizeof(float));
  auto* const turned = static_cast<float*>(scratch.data());
  transpose_filter(w, 9, d.c, d.k, true, turned);
  const ConvShape back{d.n, d.p, d.q, d.k, d.h, d.w, d.c, 3, 3, 1, 2 - d.top, 2 - d.left, 2 - d.bottom, 2 - d.right};
  conv2d_winograd_forward(back, gy, turned, nullptr, gx);
}

}  // namespace mueca::cpu
