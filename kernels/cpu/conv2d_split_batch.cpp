// Forward and backward data: every output pixel of 32 images is a sum over the taps that lie inside.
#include "kernels/cpu/conv2d_split_batch.h"

#include <algorithm>
#include <vector>

#include "core/error.h"
#include "core/memory.h"
#include "core/parallel.h"
#include "kernels/cpu/filter_tiles.h"

namespace mueca::cpu {

#ifdef MUECA_AMX
namespace {

using Bf16 = std::uint16_t;
constexpr std::int64_t kImages = 32;  // two tiles

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

// Where output pixels read: taps [first[o], first[o + 1]) of output pixel o.
struct Taps {
  struct Tap {
    std::int64_t pixel, filter;  // of the source; r * S + s
  };
  std::vector<Tap> all;
  std::vector<std::size_t> first{0};
};

Taps forward_taps(const ConvShape& d) {
  Taps taps;
  for (std::int64_t p = 0; p < d.p; ++p)
    for (std::int64_t q = 0; q < d.q; ++q) {
      for (std::int64_t r = 0; r < d.r; ++r)
        for (std::int64_t s = 0; s < d.s; ++s) {
          const std::int64_t h = p * d.stride + r - d.top, w = q * d.stride + s - d.left;
          if (h >= 0 && h < d.h && w >= 0 && w < d.w) taps.all.push_back({h * d.w + w, r * d.s + s});
        }
      taps.first.push_back(taps.all.size());
    }
  return taps;
}

Taps backward_taps(const ConvShape& d) {
  Taps taps;
  for (std::int64_t h = 0; h < d.h; ++h)
    for (std::int64_t w = 0; w < d.w; ++w) {
      for (std::int64_t r = 0; r < d.r; ++r)
        for (std::int64_t s = 0; s < d.s; ++s) {
          const std::int64_t up = h + d.top - r, before = w + d.left - s;
          if (up < 0 || before < 0 || up % d.stride || before % d.stride) continue;
          const std::int64_t p = up / d.stride, q = before / d.stride;
          if (p < d.p && q < d.q) taps.all.push_back({p * d.q + q, r * d.s + s});
        }
      taps.first.push_back(taps.all.size());
    }
  return taps;
}

// x [N, pixels, C] -> [N / 32][C / 32, parts, pixels, 32 images, 32]; zeros behind the last image and channel.
void pack(const float* x, std::int64_t n, std::int64_t pixels, std::int64_t c, Bf16* out) {
  const std::int64_t c_blocks = ceil_div(c, 32), groups = ceil_div(n, kImages), tile = kImages * 32;
  parallel_for(groups * pixels, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t group = i / pixels, pixel = i % pixels;
      for (std::int64_t image = 0; image < kImages; ++image) {
        const std::int64_t ni = group * kImages + image;
        const float* const from = x + (std::min(ni, n - 1) * pixels + pixel) * c;
        for (std::int64_t cb = 0; cb < c_blocks; ++cb) {
          const std::int64_t left = ni < n ? c - cb * 32 : 0;
          const __m512 low = _mm512_maskz_loadu_ps(lanes(left), from + cb * 32);
          const __m512 high = _mm512_maskz_loadu_ps(lanes(left - 16), from + cb * 32 + (left > 16 ? 16 : 0));
          const Split v = split(low, high);
          for (int part = 0; part < kSplits; ++part)
            _mm512_store_si512(out + (((group * c_blocks + cb) * kSplits + part) * pixels + pixel) * tile + image * 32,
                               v.part[part]);
        }
      }
    }
  });
}

// 32 images x NT * 16 outputs of one pixel, into sum [32][32].
template <int NT>
void multiply(const Taps::Tap* tap, const Taps::Tap* end, const Bf16* a, std::int64_t pixels, const Bf16* b,
              std::int64_t c_blocks, std::int64_t k_blocks, float* sum) {
  const std::int64_t part = pixels * kImages * 32;
  zero_tiles<2, NT>();
  for (; tap < end; ++tap) {
    const Bf16 *at = a + tap->pixel * kImages * 32, *bt = b + tap->filter * c_blocks * k_blocks * kSplits * kTile;
    for (std::int64_t cb = 0; cb < c_blocks; ++cb) {
      multiply_tiles<2, NT>(at, part, kTile, bt, kTile, kSplits * kTile);
      at += kSplits * part;
      bt += k_blocks * kSplits * kTile;
    }
  }
  store_tiles<2, NT>(sum, 32);
}

// y [N, outputs, K] from the source [N, pixels, C] through filter tiles.
void run(std::int64_t n, std::int64_t pixels, std::int64_t c, std::int64_t outputs, std::int64_t k, const Taps& taps,
         std::int64_t filter_taps, const float* x, const Bf16* filter, const float* b, float* y) {
  constexpr std::int64_t kFilterBytes = 900 << 10;  // of filter tiles that stay in the second-level cache
  const std::int64_t c_blocks = ceil_div(c, 32), k_blocks = ceil_div(k, 16), groups = ceil_div(n, kImages);
  const std::int64_t group_size = c_blocks * kSplits * pixels * kImages * 32;
  const std::int64_t pair_bytes = 2 * kSplits * kTile * 2 * c_blocks * filter_taps;
  const std::int64_t chunk = std::max<std::int64_t>(1, kFilterBytes / pair_bytes) * 2;
  const Buffer packed(Device::cpu, static_cast<std::size_t>(groups * group_size) * sizeof(Bf16));
  auto* const a = static_cast<Bf16*>(packed.data());
  pack(x, n, pixels, c, a);
  parallel_for(groups * outputs, 1, [&](std::int64_t begin, std::int64_t end) {
    const TileScope tiles;
    alignas(64) float sum[32 * 32];
    for (std::int64_t k0 = 0; k0 < k_blocks; k0 += chunk)
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t group = i / outputs, output = i % outputs;
        const Taps::Tap* const first = taps.all.data() + taps.first[static_cast<std::size_t>(output)];
        const Taps::Tap* const last = taps.all.data() + taps.first[static_cast<std::size_t>(output) + 1];
        for (std::int64_t kb = k0; kb < std::min(k_blocks, k0 + chunk); kb += 2) {
          const auto product = kb + 1 < k_blocks ? multiply<2> : multiply<1>;
          product(first, last, a + group * group_size, pixels, filter + kb * kSplits * kTile, c_blocks, k_blocks, sum);
          const __mmask16 low = lanes(k - kb * 16), high = lanes(k - kb * 16 - 16);
          const __m512 bias0 = b ? _mm512_maskz_loadu_ps(low, b + kb * 16) : _mm512_setzero_ps();
          const __m512 bias1 = b && high ? _mm512_maskz_loadu_ps(high, b + kb * 16 + 16) : _mm512_setzero_ps();
          const std::int64_t images = std::min(kImages, n - group * kImages);
          for (std::int64_t image = 0; image < images; ++image) {
            float* const to = y + ((group * kImages + image) * outputs + output) * k + kb * 16;
            _mm512_mask_storeu_ps(to, low, _mm512_load_ps(sum + image * 32) + bias0);
            if (high) _mm512_mask_storeu_ps(to + 16, high, _mm512_load_ps(sum + image * 32 + 16) + bias1);
          }
        }
      }
  });
}

}  // namespace

void conv2d_split_batch_forward(const ConvShape& d, const float* x, const float* w, const float* b, float* y) {
  const Buffer filter(Device::cpu, static_cast<std::size_t>(packed_filter_size(d.r * d.s, d.c, d.k)) * sizeof(Bf16));
  pack_filter(w, d.r * d.s, d.c, d.k, static_cast<Bf16*>(filter.data()));
  run(d.n, d.h * d.w, d.c, d.p * d.q, d.k, forward_taps(d), d.r * d.s, x, static_cast<const Bf16*>(filter.data()), b,
      y);
}

void conv2d_split_batch_backward_data(const ConvShape& d, const float* gy, const float* w, float* gx) {
  const Buffer filter(Device::cpu, static_cast<std::size_t>(packed_filter_size(d.r * d.s, d.k, d.c)) * sizeof(Bf16));
  pack_transposed_filter(w, d.r * d.s, d.k, d.c, static_cast<Bf16*>(filter.data()));
  run(d.n, d.p * d.q, d.k, d.h * d.w, d.c, backward_taps(d), d.r * d.s, gy, static_cast<const Bf16*>(filter.data()),
      nullptr, gx);
}

#else
void conv2d_split_batch_forward(const ConvShape&, const float*, const float*, const float*, float*) {
  throw Error("conv2d: this build has no AMX");
}
void conv2d_split_batch_backward_data(const ConvShape&, const float*, const float*, float*) {
  throw Error("conv2d: this build has no AMX");
}
#endif

}  // namespace mueca::cpu
