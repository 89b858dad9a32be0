// Gradient of the filter: gw = G' [sum over tiles of (B' x B) (A gy A')'] G, the sum as 16 matrix products.
#include <algorithm>

#include "core/memory.h"
#include "core/parallel.h"
#include "kernels/cpu/matmul_tile.h"
#include "kernels/cpu/winograd.h"
#include "kernels/cpu/winograd_tiles.h"

namespace mueca::cpu {
namespace {

std::int64_t round_up(std::int64_t n, std::int64_t to) { return (n + to - 1) / to * to; }

// A gy A' for `count` tiles from `first`, outputs [k0, k0 + kn): m [kPoints][tiles][pitch], points `stride` floats
// apart; zero outside gy.
void transform_gradient(const WinogradTiles& t, const float* gy, std::int64_t first, std::int64_t count,
                        std::int64_t k0, std::int64_t kn, float* m, std::int64_t stride, std::int64_t pitch) {
  const ConvShape& d = t.d;
  for (std::int64_t tile = 0; tile < count; ++tile) {
    const TilePlace at = place_of(t, first + tile);
    const float* const from = gy + ((at.n * d.p + at.p) * d.q + at.q) * d.k + k0;
    for (std::int64_t k = 0; k < kn; k += kLanes) {
      const int lanes = static_cast<int>(std::min<std::int64_t>(kLanes, kn - k));
      const auto at_output = [&](int i, int j) {
        if (at.p + i >= d.p || at.q + j >= d.q) return Vec{};
        const float* const pixel = from + (i * d.q + j) * d.k + k;
        return lanes == kLanes ? load(pixel) : load_first(pixel, lanes);
      };
      Vec columns[2][4];
      for (int j = 0; j < 2; ++j) {
        const Vec a = at_output(0, j), b = at_output(1, j);
        columns[j][0] = a, columns[j][1] = a + b, columns[j][2] = a - b, columns[j][3] = -b;
      }
      float* const to = m + tile * pitch + k;
      for (int i = 0; i < 4; ++i) {
        const Vec a = columns[0][i], b = columns[1][i];
        const Vec row[4] = {a, a + b, a - b, -b};
        for (int j = 0; j < 4; ++j) store(to + (i * 4 + j) * stride, row[j]);
      }
    }
  }
}

// gw [3, 3, C, K] = G' sum G of sums [parts][kPoints][c_pitch][k_pitch], the parts in order.
void transform_back(const ConvShape& d, const float* sums, std::int64_t parts, std::int64_t c_pitch,
                    std::int64_t k_pitch, float* gw) {
  const std::int64_t partial = kPoints * c_pitch * k_pitch;
  parallel_for(d.c, 4, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t c = begin; c < end; ++c)
      for (std::int64_t k = 0; k < d.k; k += kLanes) {
        const int lanes = static_cast<int>(std::min<std::int64_t>(kLanes, d.k - k));
        Vec t[4][3];
        const auto map = [](const Vec v[4], Vec out[3]) {  // G' v
          const Vec half = broadcast(0.5f);
          out[0] = v[0] + (v[1] + v[2]) * half;
          out[1] = (v[1] - v[2]) * half;
          out[2] = (v[1] + v[2]) * half + v[3];
        };
        for (int i = 0; i < 4; ++i) {
          Vec row[4];
          for (int j = 0; j < 4; ++j) {
            const float* const at = sums + ((i * 4 + j) * c_pitch + c) * k_pitch + k;
            row[j] = load(at);
            for (std::int64_t part = 1; part < parts; ++part) row[j] += load(at + part * partial);
          }
          map(row, t[i]);
        }
        for (int s = 0; s < 3; ++s) {
          const Vec column[4] = {t[0][s], t[1][s], t[2][s], t[3][s]};
          Vec out[3];
          map(column, out);
          for (int r = 0; r < 3; ++r) {
            float* const to = gw + ((r * 3 + s) * d.c + c) * d.k + k;
            lanes == kLanes ? store(to, out[r]) : store_first(to, out[r], lanes);
          }
        }
      }
  });
}

}  // namespace

void conv2d_winograd_backward_weights(const ConvShape& d, const float* x, const float* gy, float* gw) {
  constexpr std::int64_t kTiles = 72, kChunk = 128, kPartialBytes = 20 << 20;
  const WinogradTiles t{d};
  const std::int64_t c_pitch = round_up(d.c, kTileColumns), k_pitch = round_up(d.k, kTileColumns);
  const std::int64_t partial = kPoints * c_pitch * k_pitch, blocks = (t.count + kTiles - 1) / kTiles;
  std::int64_t parts = 16;  // partial sums: their number, not the threads', fixes the order of additions
  while (parts > 2 && parts * partial * 4 > kPartialBytes) parts /= 2;
  parts = std::min(parts, blocks);
  const Buffer partials(Device::cpu, static_cast<std::size_t>(parts * partial) * sizeof(float));
  auto* const sums = static_cast<float*>(partials.data());  // [parts][kPoints][c_pitch][k_pitch]
  parallel_for(parts, 1, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t wide = std::min(kChunk, std::max(c_pitch, k_pitch));
    const std::int64_t stride = kTiles * wide + kLanes;  // as in the forward pass, not a power of two
    const Buffer scratch(Device::cpu, static_cast<std::size_t>(2 * kPoints * stride) * sizeof(float));
    auto* const v = static_cast<float*>(scratch.data());  // [kPoints, kTiles, wide]
    float* const m = v + kPoints * stride;
    for (std::int64_t part = begin; part < end; ++part) {
      float* const sum = sums + part * partial;
      std::fill_n(sum, partial, 0.0f);
      std::fill_n(v, 2 * kPoints * stride, 0.0f);
      for (std::int64_t block = blocks * part / parts; block < blocks * (part + 1) / parts; ++block) {
        const std::int64_t first = block * kTiles, count = std::min(kTiles, t.count - first);
        for (std::int64_t c0 = 0; c0 < d.c; c0 += wide) {
          const std::int64_t cn = std::min(wide, d.c - c0);
          transform_input(t, x, first, count, c0, cn, v, stride, wide);
          for (std::int64_t k0 = 0; k0 < d.k; k0 += wide) {
            const std::int64_t kn = std::min(wide, d.k - k0);
            transform_gradient(t, gy, first, count, k0, kn, m, stride, wide);
            for (int point = 0; point < kPoints; ++point)
              for (std::int64_t k = 0; k < kn; k += kTileColumns)
                for (std::int64_t c = 0; c < cn; c += kTileRows)
                  matmul_tile<true>(count, v + point * stride + c, 1, wide, m + point * stride + k, wide,
                                    sum + (point * c_pitch + c0 + c) * k_pitch + k0 + k, k_pitch);
          }
        }
      }
    }
  });
  transform_back(d, sums, parts, c_pitch, k_pitch, gw);
}

}  // namespace mueca::cpu
