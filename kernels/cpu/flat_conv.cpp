#include "kernels/cpu/flat_conv.h"

#include <algorithm>

namespace mueca::cpu {
namespace {

// Zeros on both ends of a row (or image) serve the neighbours too, as long as the source has unit stride and outputs
// (`extra` fewer than packed places) keep a place each.
std::int64_t shared(std::int64_t before, std::int64_t after, std::int64_t extra) {
  return std::max<std::int64_t>(0, std::min({before, after, extra}));
}

}  // namespace

ConvShape without_space(const ConvShape& d) {
  if (d.r != 1 || d.s != 1 || d.stride != 1 || d.top || d.left || d.bottom || d.right) return d;
  const std::int64_t pixels = d.n * d.h * d.w, w = pixels % 64 == 0 ? 64 : d.w;
  return {1, pixels / w, w, d.c, pixels / w, w, d.k, 1, 1, 1, 0, 0, 0, 0};
}

FlatConv flat_forward(const ConvShape& d) {
  FlatConv f{d.n,
             d.h,
             d.w,
             d.c,
             d.stride,
             std::min(d.stride, d.r),
             std::min(d.stride, d.s),
             d.top,
             d.left,
             d.k,
             d.p * d.q * d.k,
             d.p,
             d.q,
             (d.r - 1) / d.stride,
             0,
             0,
             false,
             {}};
  f.period = d.p + f.extra_rows;
  f.pitch = d.q + (d.s - 1) / d.stride;
  if (d.stride == 1) {
    f.period -= shared(d.top, d.p + d.r - 1 - d.h - d.top, d.r - 1);
    f.pitch -= shared(d.left, d.q + d.s - 1 - d.w - d.left, d.s - 1);
  }
  FlatJob job{d.p, d.q, 0, d.q * d.k, d.k, {}};
  for (std::int64_t r = 0; r < d.r; ++r)
    for (std::int64_t s = 0; s < d.s; ++s)
      job.taps.push_back({r % d.stride * f.column_phases + s % d.stride, r / d.stride, s / d.stride, r * d.s + s});
  f.jobs.push_back(std::move(job));
  return f;
}

FlatConv flat_backward_data(const ConvShape& d) {
  // gx[h] with h = stride * u + a gathers gy[u + e] * w[r] for every r = a + top - stride * e: shifts e, per phase a.
  const auto least = [](std::int64_t before, std::int64_t filter, std::int64_t stride) {
    const std::int64_t v = before - (filter - 1);  // ceil(v / stride)
    return v > 0 ? (v + stride - 1) / stride : -(-v / stride);
  };
  const std::int64_t up = least(d.top, d.r, d.stride), before = least(d.left, d.s, d.stride);
  const std::int64_t down = (d.stride - 1 + d.top) / d.stride, after = (d.stride - 1 + d.left) / d.stride;
  FlatConv f{d.n,
             d.p,
             d.q,
             d.k,
             1,
             1,
             1,
             -up,
             -before,
             d.c,
             d.h * d.w * d.c,
             (d.h + d.stride - 1) / d.stride,
             (d.w + d.stride - 1) / d.stride,
             down - up,
             0,
             0,
             true,
             {}};
  f.period = f.rows + f.extra_rows - shared(-up, f.rows + down - d.p, down - up);
  f.pitch = f.columns + after - before - shared(-before, f.columns + after - d.q, after - before);
  for (std::int64_t a = 0; a < d.stride; ++a)
    for (std::int64_t b = 0; b < d.stride; ++b) {
      if (a >= d.h || b >= d.w) continue;
      FlatJob job{(d.h - a + d.stride - 1) / d.stride,
                  (d.w - b + d.stride - 1) / d.stride,
                  (a * d.w + b) * d.c,
                  d.stride * d.w * d.c,
                  d.stride * d.c,
                  {}};
      for (std::int64_t r = (a + d.top) % d.stride; r < d.r; r += d.stride)
        for (std::int64_t s = (b + d.left) % d.stride; s < d.s; s += d.stride)
          job.taps.push_back({0, (a + d.top - r) / d.stride - up, (b + d.left - s) / d.stride - before, r * d.s + s});
      f.jobs.push_back(std::move(job));
    }
  return f;
}

}  // namespace mueca::cpu
