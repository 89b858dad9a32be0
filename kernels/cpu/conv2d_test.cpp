// Every algorithm of the convolution family against loops written from the definition, bit-exact on integers,
// and within the error bound of float32 sums on reals.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/error.h"
#include "kernels/cpu/algorithms.h"

namespace mueca::cpu {
namespace {

struct Case {
  std::int64_t n, h, w, c, k, r, s;
  Conv2d g;
};

const Case kCases[] = {
    {2, 6, 6, 16, 32, 3, 3, {1, {1, 1, 1, 1}}},
    {1, 48, 48, 1, 32, 3, 3, {1, {1, 1, 1, 1}}},
    {2, 7, 9, 3, 8, 3, 3, {2, {0, 0, 1, 1}}},
    {3, 12, 12, 64, 48, 3, 3, {1, {1, 1, 1, 1}}},
    {2, 11, 5, 20, 33, 1, 1, {1, {}}},
    {2, 8, 8, 24, 40, 1, 1, {2, {}}},
    {1, 5, 7, 6, 5, 5, 3, {1, {2, 1, 0, 3}}},
    {2, 9, 9, 32, 64, 3, 3, {2, {1, 1, 1, 1}}},
    {1, 3, 3, 4, 4, 3, 3, {1, {}}},
    {1, 1, 1, 7, 9, 3, 3, {1, {1, 1, 1, 1}}},
    {1, 10, 10, 8, 16, 5, 5, {3, {2, 2, 2, 2}}},
    {1, 2, 2, 3, 4, 3, 3, {1, {3, 3, 3, 3}}},
    {5, 13, 14, 48, 80, 3, 3, {1, {1, 0, 1, 2}}},
    {2, 24, 24, 32, 32, 3, 3, {1, {1, 1, 1, 1}}},
};

std::vector<float> integers(std::int64_t count, std::uint32_t seed) {
  std::vector<float> v(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<float>((i * 2654435761u + seed * 40503u) / 977 % 9) - 4;
  return v;
}

struct Problem {
  ConvShape d;
  Conv2d g;
  std::vector<float> x, w, b, gy;
};

Problem make(const Case& c) {
  Problem t;
  t.g = c.g;
  const std::int64_t p = (c.h + c.g.pad.top + c.g.pad.bottom - c.r) / c.g.stride + 1;
  const std::int64_t q = (c.w + c.g.pad.left + c.g.pad.right - c.s) / c.g.stride + 1;
  t.d = {c.n, c.h, c.w, c.c, p, q, c.k, c.r, c.s, c.g.stride, c.g.pad.top, c.g.pad.left, c.g.pad.bottom, c.g.pad.right};
  t.x = integers(c.n * c.h * c.w * c.c, 1);
  t.w = integers(c.r * c.s * c.c * c.k, 2);
  t.b = integers(c.k, 3);
  t.gy = integers(c.n * p * q * c.k, 4);
  return t;
}

// Calls visit(index of x, index of y's pixel row start, tap index) for every product of the definition.
template <class Visit>
void each_tap(const ConvShape& d, const Visit& visit) {
  for (std::int64_t n = 0; n < d.n; ++n)
    for (std::int64_t p = 0; p < d.p; ++p)
      for (std::int64_t q = 0; q < d.q; ++q)
        for (std::int64_t r = 0; r < d.r; ++r)
          for (std::int64_t s = 0; s < d.s; ++s) {
            const std::int64_t h = p * d.stride + r - d.top, w = q * d.stride + s - d.left;
            if (h < 0 || h >= d.h || w < 0 || w >= d.w) continue;
            visit(((n * d.h + h) * d.w + w) * d.c, ((n * d.p + p) * d.q + q) * d.k, (r * d.s + s));
          }
}

std::string label(const Case& c, ConvAlgorithm a) {
  return str(name_of(a), ": x [", c.n, ", ", c.h, ", ", c.w, ", ", c.c, "] w [", c.r, ", ", c.s, ", ", c.c, ", ", c.k,
             "] stride ", c.g.stride);
}

TEST(Conv2dAlgorithms, AgreeWithTheDefinitionOnIntegers) {
  Stream stream;
  int runs = 0;
  for (const Case& c : kCases) {
    Problem t = make(c);
    const ConvShape& d = t.d;
    std::vector<float> y(t.gy.size()), gx(t.x.size()), gw(t.w.size());
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = t.b[i % static_cast<std::size_t>(d.k)];
    each_tap(d, [&](std::int64_t x, std::int64_t o, std::int64_t tap) {
      for (std::int64_t ci = 0; ci < d.c; ++ci)
        for (std::int64_t k = 0; k < d.k; ++k) {
          const auto wi = static_cast<std::size_t>((tap * d.c + ci) * d.k + k);
          const auto xi = static_cast<std::size_t>(x + ci), oi = static_cast<std::size_t>(o + k);
          y[oi] += t.x[xi] * t.w[wi];
          gx[xi] += t.gy[oi] * t.w[wi];
          gw[wi] += t.x[xi] * t.gy[oi];
        }
    });
    const In<4> xv{t.x.data(), {d.n, d.h, d.w, d.c}}, wv{t.w.data(), {d.r, d.s, d.c, d.k}};
    const In<4> gyv{t.gy.data(), {d.n, d.p, d.q, d.k}};
    for (ConvAlgorithm a : conv_algorithms()) {
      const ForceConvAlgorithm force(a);
      if (supports(a, ConvPass::forward, d)) {
        std::vector<float> out(y.size(), std::nanf(""));
        conv2d_forward(stream, xv, wv, {t.b.data(), {d.k}}, {out.data(), {d.n, d.p, d.q, d.k}}, t.g);
        EXPECT_EQ(out, y) << "forward " << label(c, a);
        ++runs;
      }
      if (supports(a, ConvPass::backward_data, d)) {
        std::vector<float> out(gx.size(), std::nanf(""));
        conv2d_backward_data(stream, gyv, wv, {out.data(), {d.n, d.h, d.w, d.c}}, t.g);
        EXPECT_EQ(out, gx) << "backward_data " << label(c, a);
        ++runs;
      }
      if (supports(a, ConvPass::backward_weights, d)) {
        std::vector<float> out(gw.size(), std::nanf(""));
        conv2d_backward_weights(stream, xv, gyv, {out.data(), {d.r, d.s, d.c, d.k}}, t.g);
        EXPECT_EQ(out, gw) << "backward_weights " << label(c, a);
        ++runs;
      }
    }
  }
  EXPECT_GE(runs, 60);  // the fallback supports everything; the others must support most
}

// A sum in double, with what bounds the error of a float32 sum of the same products.
struct Sum {
  std::vector<double> value, size;
  std::vector<int> terms;
  explicit Sum(std::size_t n) : value(n), size(n), terms(n) {}
  void add(std::size_t i, double v) { value[i] += v, size[i] += std::abs(v), ++terms[i]; }
};

// out within 4 * (terms + 1) * 2^-24 * sum |a b| of each sum; of the largest such bound, where neighbours matter too.
void expect_close(const std::vector<float>& out, const Sum& sum, ConvAlgorithm a, const std::string& label) {
  const auto bound = [&](std::size_t i) { return 4.0 * (sum.terms[i] + 1) * 0x1p-24 * sum.size[i]; };
  double most = 0;
  for (std::size_t i = 0; i < out.size(); ++i) most = std::max(most, bound(i));
  for (std::size_t i = 0; i < out.size(); ++i)
    ASSERT_LE(std::abs(out[i] - sum.value[i]), bounded_by_own_terms(a) ? bound(i) : most) << label << " at " << i;
}

TEST(Conv2dAlgorithms, KeepTheErrorBoundOnReals) {
  Stream stream;
  for (const Case& c : kCases) {
    Problem t = make(c);
    const ConvShape& d = t.d;
    for (auto* v : {&t.x, &t.w, &t.gy})
      for (std::size_t i = 0; i < v->size(); ++i)
        (*v)[i] = std::sin(static_cast<float>(i * 7 + v->size())) * std::exp(std::cos(static_cast<float>(i * 3)));
    Sum y(t.gy.size()), gx(t.x.size()), gw(t.w.size());
    each_tap(d, [&](std::int64_t x, std::int64_t o, std::int64_t tap) {
      for (std::int64_t ci = 0; ci < d.c; ++ci)
        for (std::int64_t k = 0; k < d.k; ++k) {
          const auto wi = static_cast<std::size_t>((tap * d.c + ci) * d.k + k);
          const auto xi = static_cast<std::size_t>(x + ci), oi = static_cast<std::size_t>(o + k);
          y.add(oi, double{t.x[xi]} * t.w[wi]);
          gx.add(xi, double{t.gy[oi]} * t.w[wi]);
          gw.add(wi, double{t.x[xi]} * t.gy[oi]);
        }
    });
    const In<4> xv{t.x.data(), {d.n, d.h, d.w, d.c}}, wv{t.w.data(), {d.r, d.s, d.c, d.k}};
    const In<4> gyv{t.gy.data(), {d.n, d.p, d.q, d.k}};
    for (ConvAlgorithm a : conv_algorithms()) {
      const ForceConvAlgorithm force(a);
      std::vector<float> out(t.gy.size());
      conv2d_forward(stream, xv, wv, {}, {out.data(), {d.n, d.p, d.q, d.k}}, t.g);
      expect_close(out, y, a, "forward " + label(c, a));
      out.resize(t.x.size());
      conv2d_backward_data(stream, gyv, wv, {out.data(), {d.n, d.h, d.w, d.c}}, t.g);
      expect_close(out, gx, a, "backward_data " + label(c, a));
      out.resize(t.w.size());
      conv2d_backward_weights(stream, xv, gyv, {out.data(), {d.r, d.s, d.c, d.k}}, t.g);
      expect_close(out, gw, a, "backward_weights " + label(c, a));
    }
  }
}

}  // namespace
}  // namespace mueca::cpu
