// Depthwise convolution, forward and backward data. One task is one row of the output; within it a block of channels
// keeps its filter in registers while it walks along the row.
#include <algorithm>

#include "core/memory.h"
#include "core/parallel.h"
#include "kernels/conv_shape.h"
#include "kernels/cpu/epilogue.h"

namespace mueca::cpu {
namespace {

// Where results go: floats from image to image, row to row, column to column.
struct Places {
  float* first;
  std::int64_t image, row, column;
};

// One output row of `lanes` channels: y[q] = b + sum_{r,s} rows[r][q * stride + s - left] * w[r,s].
// rows[r] is null where the filter hangs over the top or bottom; input pixels are `c` floats apart, outputs `step`.
struct Row {
  const float* rows[5];
  const float* w;  // [R, S, C], at the block's first channel
  Vec bias;
  float* y;
  std::int64_t step, c, width, q, stride, left;
  Activation activation;
  int lanes;
};

template <int R, int S, bool kFull>
void convolve_row(const Row& d) {
  Vec w[R][S];
  for (int r = 0; r < R; ++r)
    for (int s = 0; s < S; ++s) w[r][s] = load_lanes<kFull>(d.w + (r * S + s) * d.c, d.lanes);
  const auto pixel = [&](std::int64_t q, auto edge) {
    Vec sum = d.bias;
    const std::int64_t first = q * d.stride - d.left;
    for (int r = 0; r < R; ++r) {
      if (edge && !d.rows[r]) continue;
      for (int s = 0; s < S; ++s) {
        if (edge && (first + s < 0 || first + s >= d.width)) continue;
        sum += load_lanes<kFull>(d.rows[r] + (first + s) * d.c, d.lanes) * w[r][s];
      }
    }
    store_lanes<kFull>(d.y + q * d.step, clip(sum, d.activation), d.lanes);
  };
  bool inside = true;
  for (int r = 0; r < R; ++r) inside &= d.rows[r] != nullptr;
  // Outputs whose whole filter row lies inside: those where neither the first nor the last tap hangs over.
  const std::int64_t begin = inside ? valid_outputs(d.q, d.width, d.stride, d.left, 0).begin : d.q;
  const std::int64_t end = inside ? std::max(begin, valid_outputs(d.q, d.width, d.stride, d.left, S - 1).end) : d.q;
  for (std::int64_t q = 0; q < begin; ++q) pixel(q, std::true_type{});
  for (std::int64_t q = begin; q < end; ++q) pixel(q, std::false_type{});
  for (std::int64_t q = end; q < d.q; ++q) pixel(q, std::true_type{});
}

// y[N, P, Q, C] = depthwise(x, w) for filters with a loop of their own.
template <int R, int S>
void convolve(const ConvShape& d, const float* x, const float* w, const float* b, const Places& y, Activation a) {
  parallel_for(d.n * d.p, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t n = row / d.p, p = row % d.p;
      for (std::int64_t c = 0; c < d.c; c += kLanes) {
        Row task{{},     w + c, Vec{}, y.first + n * y.image + p * y.row + c, y.column, d.c, d.w, d.q, d.stride,
                 d.left, a,     0};
        task.lanes = static_cast<int>(std::min<std::int64_t>(kLanes, d.c - c));
        for (int r = 0; r < R; ++r) {
          const std::int64_t h = p * d.stride + r - d.top;
          task.rows[r] = h >= 0 && h < d.h ? x + (n * d.h + h) * d.w * d.c + c : nullptr;
        }
        if (task.lanes == kLanes) {
          if (b) task.bias = load(b + c);
          convolve_row<R, S, true>(task);
        } else {
          if (b) task.bias = load_first(b + c, task.lanes);
          convolve_row<R, S, false>(task);
        }
      }
    }
  });
}

// The filters that have a loop of their own: 3x3 and 5x5, and what is left of them in one phase of stride 2.
using Convolve = void (*)(const ConvShape&, const float*, const float*, const float*, const Places&, Activation);
Convolve own_loop(std::int64_t r, std::int64_t s) {
  constexpr Convolve kLoops[3][3] = {{convolve<1, 1>, convolve<1, 2>, nullptr},
                                     {convolve<2, 1>, convolve<2, 2>, convolve<2, 3>},
                                     {nullptr, convolve<3, 2>, convolve<3, 3>}};
  if (r == 5 && s == 5) return convolve<5, 5>;
  return r >= 1 && r <= 3 && s >= 1 && s <= 3 ? kLoops[r - 1][s - 1] : nullptr;
}

// Any filter: the row of outputs stays in the first-level cache while the taps are added to it.
void forward_any(const ConvShape& d, const float* x, const float* w, const float* b, float* y, Activation a) {
  parallel_for(d.n * d.p, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t n = row / d.p, p = row % d.p;
      float* const out = y + row * d.q * d.c;  // [Q, C]
      for (std::int64_t q = 0; q < d.q; ++q)
        for (std::int64_t c = 0; c < d.c; ++c) out[q * d.c + c] = b ? b[c] : 0.0f;
      for (std::int64_t r = 0; r < d.r; ++r) {
        const std::int64_t h = p * d.stride + r - d.top;
        if (h < 0 || h >= d.h) continue;
        for (std::int64_t s = 0; s < d.s; ++s) {
          const Range valid = valid_outputs(d.q, d.w, d.stride, d.left, s);
          for (std::int64_t q = valid.begin; q < valid.end; ++q) {
            const float* __restrict const in = x + ((n * d.h + h) * d.w + q * d.stride + s - d.left) * d.c;
            const float* __restrict const tap = w + (r * d.s + s) * d.c;
            float* __restrict const sum = out + q * d.c;
            for (std::int64_t c = 0; c < d.c; ++c) sum[c] += in[c] * tap[c];
          }
        }
      }
      with_clipping(a, [&](auto act) {
        for (std::int64_t i = 0; i < d.q * d.c; ++i) out[i] = activate<act.value>(out[i]);
      });
    }
  });
}

void forward(const ConvShape& d, const float* x, const float* w, const float* b, float* y, Activation a) {
  const Convolve loop = own_loop(d.r, d.s);
  loop ? loop(d, x, w, b, {y, d.p * d.q * d.c, d.q * d.c, d.c}, a) : forward_any(d, x, w, b, y, a);
}

// The taps t of a filter that reach pixels stride * u + phase: pixel u gathers outputs u + first, u + first + 1, ...
// through the taps last, last - stride, ...
struct PhaseTaps {
  std::int64_t count, last, first;
};
PhaseTaps phase_taps(std::int64_t filter, std::int64_t stride, std::int64_t before, std::int64_t phase) {
  const std::int64_t least = (phase + before) % stride, count = (filter - least + stride - 1) / stride;
  const std::int64_t last = least + (count - 1) * stride;
  return {count, last, (phase + before - last) / stride};
}

// Stride 2: each of the four phases of gx is a convolution of gy with unit stride and a quarter of the filter. Image by
// image, so that the phases meet in the cache.
void backward_data_phases(const ConvShape& d, const float* gy, const float* w, float* gx) {
  struct Phase {
    PhaseTaps r, s;
    float* filter;  // [r.count, s.count, C]
  };
  const Buffer scratch(Device::cpu, static_cast<std::size_t>(d.r * d.s * d.c) * sizeof(float));
  auto* next = static_cast<float*>(scratch.data());
  Phase phases[2][2];
  for (std::int64_t a = 0; a < 2; ++a)
    for (std::int64_t b = 0; b < 2; ++b) {
      const PhaseTaps r = phase_taps(d.r, 2, d.top, a), s = phase_taps(d.s, 2, d.left, b);
      phases[a][b] = {r, s, next};
      for (std::int64_t i = 0; i < r.count; ++i)
        for (std::int64_t j = 0; j < s.count; ++j, next += d.c)
          std::copy_n(w + ((r.last - i * 2) * d.s + s.last - j * 2) * d.c, d.c, next);
    }
  parallel_for(d.n, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n)
      for (std::int64_t a = 0; a < std::min<std::int64_t>(2, d.h); ++a)
        for (std::int64_t b = 0; b < std::min<std::int64_t>(2, d.w); ++b) {
          const auto& [r, s, filter] = phases[a][b];
          const ConvShape phase{1,   d.p,     d.q,     d.c, (d.h - a + 1) / 2, (d.w - b + 1) / 2,
                                d.k, r.count, s.count, 1,   -r.first,          -s.first,
                                0,   0};
          own_loop(r.count, s.count)(phase, gy + n * d.p * d.q * d.c, filter, nullptr,
                                     {gx + ((n * d.h + a) * d.w + b) * d.c, 0, 2 * d.w * d.c, 2 * d.c},
                                     Activation::none);
        }
  });
}

// gx for any stride: each pixel gathers the outputs that it touched.
void backward_data_any(const ConvShape& d, const float* gy, const float* w, float* gx) {
  parallel_for(d.n * d.h, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t n = row / d.h, h = row % d.h;
      for (std::int64_t wi = 0; wi < d.w; ++wi) {
        float* const out = gx + (row * d.w + wi) * d.c;
        for (std::int64_t c = 0; c < d.c; c += kLanes) {
          const int lanes = static_cast<int>(std::min<std::int64_t>(kLanes, d.c - c));
          const auto gather = [&](auto full) {
            Vec sum{};
            for (std::int64_t r = (h + d.top) % d.stride; r < d.r && r <= h + d.top; r += d.stride) {
              const std::int64_t p = (h + d.top - r) / d.stride;
              if (p >= d.p) continue;
              for (std::int64_t s = (wi + d.left) % d.stride; s < d.s && s <= wi + d.left; s += d.stride) {
                const std::int64_t q = (wi + d.left - s) / d.stride;
                if (q >= d.q) continue;
                sum += load_lanes<full>(gy + ((n * d.p + p) * d.q + q) * d.c + c, lanes) *
                       load_lanes<full>(w + (r * d.s + s) * d.c + c, lanes);
              }
            }
            store_lanes<full>(out + c, sum, lanes);
          };
          lanes == kLanes ? gather(std::true_type{}) : gather(std::false_type{});
        }
      }
    }
  });
}

}  // namespace

void depthwise_forward(Stream&, In<4> x, In<3> w, In<1> b, Out<4> y, Conv2d g) {
  forward(conv_shape(x, w, y, g), x.data, w.data, b.data, y.data, Activation::none);
}

void depthwise_fused_forward(Stream&, In<4> x, In<3> w, In<1> b, Out<4> y, Conv2d g, Activation a) {
  forward(conv_shape(x, w, y, g), x.data, w.data, b.data, y.data, a);
}

void depthwise_backward_data(Stream&, In<4> gy, In<3> w, Out<4> gx, Conv2d g) {
  const ConvShape d = conv_shape(gx, w, gy, g);
  const bool square = d.r == d.s && (d.r == 3 || d.r == 5);
  if (d.stride == 2 && square) return backward_data_phases(d, gy.data, w.data, gx.data);
  if (d.stride != 1) return backward_data_any(d, gy.data, w.data, gx.data);
  // Stride 1: a forward pass over gy with the filter turned by half a circle. Only top and left matter to it.
  const std::int64_t taps = d.r * d.s;
  const Buffer scratch(Device::cpu, static_cast<std::size_t>(taps * d.c) * sizeof(float));
  auto* const turned = static_cast<float*>(scratch.data());
  for (std::int64_t t = 0; t < taps; ++t) std::copy_n(w.data + t * d.c, d.c, turned + (taps - 1 - t) * d.c);
  const ConvShape back{d.n, d.p, d.q, d.c, d.h, d.w, d.k, d.r, d.s, 1, d.r - 1 - d.top, d.s - 1 - d.left, 0, 0};
  forward(back, gy.data, turned, nullptr, gx.data, Activation::none);
}

}  // namespace mueca::cpu
