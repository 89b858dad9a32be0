#include "kernels/cpu/conv2d_direct.h"

#include <algorithm>

#include "core/memory.h"
#include "core/parallel.h"

namespace mueca::cpu {
namespace {

// y[i] += a * x[i]
inline void axpy(std::int64_t n, float a, const float* __restrict x, float* __restrict y) {
  for (std::int64_t i = 0; i < n; ++i) y[i] += a * x[i];
}

}  // namespace

void conv2d_direct_forward(const ConvShape& d, const float* x, const float* w, const float* b, float* y) {
  parallel_for(d.n * d.p, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t n = row / d.p, p = row % d.p;
      float* const out = y + row * d.q * d.k;  // [Q, K]
      for (std::int64_t q = 0; q < d.q; ++q) {
        if (b) {
          std::copy_n(b, d.k, out + q * d.k);
        } else {
          std::fill_n(out + q * d.k, d.k, 0.0f);
        }
      }
      for (std::int64_t r = 0; r < d.r; ++r) {
        const std::int64_t h = p * d.stride + r - d.top;
        if (h < 0 || h >= d.h) continue;
        for (std::int64_t s = 0; s < d.s; ++s) {
          const Range valid = valid_outputs(d.q, d.w, d.stride, d.left, s);
          for (std::int64_t q = valid.begin; q < valid.end; ++q) {
            const float* const in = x + ((n * d.h + h) * d.w + q * d.stride + s - d.left) * d.c;  // [C]
            for (std::int64_t c = 0; c < d.c; ++c) axpy(d.k, in[c], w + ((r * d.s + s) * d.c + c) * d.k, out + q * d.k);
          }
        }
      }
    }
  });
}

void conv2d_direct_backward_data(const ConvShape& d, const float* gy, const float* w, float* gx) {
  // Filters transposed to [R, S, K, C], so that the inner loop runs over neighbouring channels of gx.
  const Buffer scratch(Device::cpu, static_cast<std::size_t>(d.r * d.s * d.k * d.c) * sizeof(float));
  auto* const wt = static_cast<float*>(scratch.data());
  for (std::int64_t rs = 0; rs < d.r * d.s; ++rs)
    for (std::int64_t c = 0; c < d.c; ++c)
      for (std::int64_t k = 0; k < d.k; ++k) wt[(rs * d.k + k) * d.c + c] = w[(rs * d.c + c) * d.k + k];

  parallel_for(d.n * d.h, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t n = row / d.h, h = row % d.h;
      float* const out = gx + row * d.w * d.c;  // [W, C]
      std::fill_n(out, d.w * d.c, 0.0f);
      for (std::int64_t r = 0; r < d.r; ++r) {
        const std::int64_t up = h + d.top - r;  // = p * stride
        if (up < 0 || up % d.stride != 0 || up / d.stride >= d.p) continue;
        for (std::int64_t s = 0; s < d.s; ++s) {
          const Range valid = valid_outputs(d.q, d.w, d.stride, d.left, s);
          for (std::int64_t q = valid.begin; q < valid.end; ++q) {
            const float* const in = gy + ((n * d.p + up / d.stride) * d.q + q) * d.k;  // [K]
            float* const pixel = out + (q * d.stride + s - d.left) * d.c;
            for (std::int64_t k = 0; k < d.k; ++k) axpy(d.c, in[k], wt + ((r * d.s + s) * d.k + k) * d.c, pixel);
          }
        }
      }
    }
  });
}

void conv2d_direct_backward_weights(const ConvShape& d, const float* x, const float* gy, float* gw) {
  // One task is one row gw[r, s, c, :]: every thread sums over all pixels in the same order.
  parallel_for(d.r * d.s * d.c, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t c = row % d.c, s = row / d.c % d.s, r = row / d.c / d.s;
      float* const out = gw + row * d.k;  // [K]
      std::fill_n(out, d.k, 0.0f);
      const Range ps = valid_outputs(d.p, d.h, d.stride, d.top, r), qs = valid_outputs(d.q, d.w, d.stride, d.left, s);
      for (std::int64_t n = 0; n < d.n; ++n)
        for (std::int64_t p = ps.begin; p < ps.end; ++p)
          for (std::int64_t q = qs.begin; q < qs.end; ++q) {
            const std::int64_t h = p * d.stride + r - d.top, wi = q * d.stride + s - d.left;
            axpy(d.k, x[((n * d.h + h) * d.w + wi) * d.c + c], gy + ((n * d.p + p) * d.q + q) * d.k, out);
          }
    }
  });
}

}  // namespace mueca::cpu
