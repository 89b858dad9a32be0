// Depthwise convolution, gradient of the filter: sums over all pixels, in a fixed order on any number of threads.
#include <algorithm>

#include "core/memory.h"
#include "core/parallel.h"
#include "kernels/conv_shape.h"
#include "kernels/cpu/simd.h"

namespace mueca::cpu {
namespace {

// gw[r,s] of `lanes` channels of one image, in registers: sum_{p,q} x[p*stride+r-top, q*stride+s-left] * gy[p,q].
template <int R, int S, bool kFull>
void image_block(const ConvShape& d, const float* x, const float* gy, float* gw, int lanes) {
  Vec sum[R][S];
  for (int r = 0; r < R; ++r)
    for (int s = 0; s < S; ++s) sum[r][s] = load_lanes<kFull>(gw + (r * S + s) * d.c, lanes);
  const std::int64_t inner = std::min(d.q, (d.left + d.stride - 1) / d.stride);
  const std::int64_t outer = std::clamp(valid_outputs(d.q, d.w, d.stride, d.left, S - 1).end, inner, d.q);
  for (std::int64_t p = 0; p < d.p; ++p) {
    const std::int64_t top = p * d.stride - d.top;
    const auto pixel = [&](std::int64_t q, auto edge) {
      const Vec g = load_lanes<kFull>(gy + (p * d.q + q) * d.c, lanes);
      const std::int64_t left = q * d.stride - d.left;
      for (int r = 0; r < R; ++r) {
        if (edge && (top + r < 0 || top + r >= d.h)) continue;
        for (int s = 0; s < S; ++s) {
          if (edge && (left + s < 0 || left + s >= d.w)) continue;
          sum[r][s] += load_lanes<kFull>(x + ((top + r) * d.w + left + s) * d.c, lanes) * g;
        }
      }
    };
    const bool inside = top >= 0 && top + R <= d.h;
    const std::int64_t begin = inside ? inner : d.q, end = inside ? outer : d.q;
    for (std::int64_t q = 0; q < begin; ++q) pixel(q, std::true_type{});
    for (std::int64_t q = begin; q < end; ++q) pixel(q, std::false_type{});
    for (std::int64_t q = end; q < d.q; ++q) pixel(q, std::true_type{});
  }
  for (int r = 0; r < R; ++r)
    for (int s = 0; s < S; ++s) store_lanes<kFull>(gw + (r * S + s) * d.c, sum[r][s], lanes);
}

template <int R>
void image_square(const ConvShape& d, const float* x, const float* gy, float* gw) {
  for (std::int64_t c = 0; c < d.c; c += kLanes) {
    const int lanes = static_cast<int>(std::min<std::int64_t>(kLanes, d.c - c));
    lanes == kLanes ? image_block<R, R, true>(d, x + c, gy + c, gw + c, lanes)
                    : image_block<R, R, false>(d, x + c, gy + c, gw + c, lanes);
  }
}

void image_any(const ConvShape& d, const float* x, const float* gy, float* gw) {
  for (std::int64_t r = 0; r < d.r; ++r)
    for (std::int64_t s = 0; s < d.s; ++s) {
      float* __restrict const sum = gw + (r * d.s + s) * d.c;
      const Range ps = valid_outputs(d.p, d.h, d.stride, d.top, r), qs = valid_outputs(d.q, d.w, d.stride, d.left, s);
      for (std::int64_t p = ps.begin; p < ps.end; ++p)
        for (std::int64_t q = qs.begin; q < qs.end; ++q) {
          const float* __restrict const in = x + ((p * d.stride + r - d.top) * d.w + q * d.stride + s - d.left) * d.c;
          const float* __restrict const g = gy + (p * d.q + q) * d.c;
          for (std::int64_t c = 0; c < d.c; ++c) sum[c] += in[c] * g[c];
        }
    }
}

}  // namespace

void depthwise_backward_weights(Stream&, In<4> x, In<4> gy, Out<3> gw, Conv2d g) {
  const ConvShape d = conv_shape(x, gw, gy, g);
  // Images go to a fixed number of partial sums, which are added in order.
  const std::int64_t taps = d.r * d.s * d.c, parts = std::clamp<std::int64_t>(d.n, 1, 16);
  const Buffer scratch(Device::cpu, static_cast<std::size_t>(parts * taps) * sizeof(float));
  auto* const partial = static_cast<float*>(scratch.data());  // [parts, R, S, C]
  parallel_for(parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t part = begin; part < end; ++part) {
      float* const sum = partial + part * taps;
      std::fill_n(sum, taps, 0.0f);
      for (std::int64_t n = d.n * part / parts; n < d.n * (part + 1) / parts; ++n) {
        const float *const xn = x.data + n * d.h * d.w * d.c, *const gn = gy.data + n * d.p * d.q * d.c;
        if (d.r == 3 && d.s == 3) {
          image_square<3>(d, xn, gn, sum);
        } else if (d.r == 5 && d.s == 5) {
          image_square<5>(d, xn, gn, sum);
        } else {
          image_any(d, xn, gn, sum);
        }
      }
    }
  });
  std::fill_n(gw.data, taps, 0.0f);
  for (std::int64_t part = 0; part < parts; ++part)
    for (std::int64_t i = 0; i < taps; ++i) gw.data[i] += partial[part * taps + i];
}

}  // namespace mueca::cpu
