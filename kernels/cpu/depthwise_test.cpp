// Depthwise convolution against loops written from the definition, on integers: bit-exact, filters of every path.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/error.h"
#include "kernels/conv_shape.h"

namespace mueca::cpu {
namespace {

struct Case {
  std::int64_t n, h, w, c, r, s;
  Conv2d g;
};

const Case kCases[] = {
    {2, 12, 12, 32, 3, 3, {1, {1, 1, 1, 1}}}, {1, 48, 48, 16, 3, 3, {1, {1, 1, 1, 1}}},
    {2, 13, 12, 21, 3, 3, {2, {0, 0, 1, 1}}}, {2, 12, 13, 40, 3, 3, {2, {1, 1, 1, 1}}},
    {3, 3, 3, 33, 3, 3, {1, {1, 1, 1, 1}}},   {1, 1, 1, 16, 3, 3, {1, {1, 1, 1, 1}}},
    {1, 6, 7, 19, 5, 5, {1, {2, 2, 2, 2}}},   {18, 9, 11, 16, 5, 5, {2, {1, 2, 2, 1}}},
    {2, 8, 5, 6, 4, 2, {1, {1, 0, 2, 1}}},    {2, 17, 17, 16, 7, 7, {3, {3, 3, 3, 3}}},
    {1, 2, 2, 17, 5, 5, {1, {4, 4, 4, 4}}},   {2, 5, 4, 16, 3, 3, {1, {0, 0, 0, 0}}},
};

std::vector<float> integers(std::int64_t count, std::uint32_t seed) {
  std::vector<float> v(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<float>((i * 2654435761u + seed * 40503u) / 977 % 9) - 4;
  return v;
}

TEST(Depthwise, AgreesWithTheDefinitionOnIntegers) {
  Stream stream;
  for (const Case& c : kCases) {
    const std::int64_t p = (c.h + c.g.pad.top + c.g.pad.bottom - c.r) / c.g.stride + 1;
    const std::int64_t q = (c.w + c.g.pad.left + c.g.pad.right - c.s) / c.g.stride + 1;
    const auto x = integers(c.n * c.h * c.w * c.c, 1), w = integers(c.r * c.s * c.c, 2), b = integers(c.c, 3);
    const auto gy = integers(c.n * p * q * c.c, 4);
    std::vector<float> y(gy.size()), gx(x.size()), gw(w.size());
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = b[i % b.size()];
    for (std::int64_t i = 0; i < c.n * p * q; ++i)
      for (std::int64_t t = 0; t < c.r * c.s; ++t) {
        const std::int64_t h = i / q % p * c.g.stride + t / c.s - c.g.pad.top;
        const std::int64_t wi = i % q * c.g.stride + t % c.s - c.g.pad.left;
        if (h < 0 || h >= c.h || wi < 0 || wi >= c.w) continue;
        for (std::int64_t ci = 0; ci < c.c; ++ci) {
          const auto xi = static_cast<std::size_t>(((i / q / p * c.h + h) * c.w + wi) * c.c + ci);
          const auto yi = static_cast<std::size_t>(i * c.c + ci), ti = static_cast<std::size_t>(t * c.c + ci);
          y[yi] += x[xi] * w[ti];
          gx[xi] += gy[yi] * w[ti];
          gw[ti] += x[xi] * gy[yi];
        }
      }
    const auto label = str("x [", c.n, ", ", c.h, ", ", c.w, ", ", c.c, "] w [", c.r, ", ", c.s, "]");
    const In<4> xv{x.data(), {c.n, c.h, c.w, c.c}}, gyv{gy.data(), {c.n, p, q, c.c}};
    const In<3> wv{w.data(), {c.r, c.s, c.c}};
    std::vector<float> out(y.size(), std::nanf(""));
    depthwise_forward(stream, xv, wv, {b.data(), {c.c}}, {out.data(), {c.n, p, q, c.c}}, c.g);
    EXPECT_EQ(out, y) << "forward " << label;
    out.assign(gx.size(), std::nanf(""));
    depthwise_backward_data(stream, gyv, wv, {out.data(), {c.n, c.h, c.w, c.c}}, c.g);
    EXPECT_EQ(out, gx) << "backward_data " << label;
    out.assign(gw.size(), std::nanf(""));
    depthwise_backward_weights(stream, xv, gyv, {out.data(), {c.r, c.s, c.c}}, c.g);
    EXPECT_EQ(out, gw) << "backward_weights " << label;
  }
}

}  // namespace
}  // namespace mueca::cpu
