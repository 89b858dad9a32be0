// Hopper's convolutions with activations stored as float32 and as bfloat16, run by the executor: on integers the
// exactly rounded sums; on reals that are bfloat16 anyway the same sums from both, which differ by one rounding where
// they are stored; in every order of threads.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/error.h"
#include "kernels/cuda/linear.cuh"
#include "kernels/emulated/executor.h"

namespace mueca::emulated {
namespace {

using Floats = std::vector<float>;
using Doubles = std::vector<double>;

struct Case {
  std::int64_t n, h, w, c, k, r, s;
  std::int64_t top, left;
  bool dressed = false;  // forward with bias, residual and ReLU6
};
std::string label(const Case& c) {
  return str("x [", c.n, ", ", c.h, ", ", c.w, ", ", c.c, "] w [", c.r, ", ", c.s, ", ", c.c, ", ", c.k, "]");
}

struct Problem {
  ConvShape d;
  bool dressed;
  Floats x, w, b, residual, gy;
};

float rounded(float v) { return widened(narrowed(v)); }

Problem pose(const Case& c, bool integers) {
  const ConvShape d{c.n, c.h, c.w, c.c, c.h, c.w, c.k, c.r, c.s, 1, c.top, c.left, c.r - 1 - c.top, c.s - 1 - c.left};
  const auto numbers = [&](std::int64_t n, unsigned state) {
    Floats values(static_cast<std::size_t>(n));
    for (float& v : values) {
      state = state * 1664525u + 1013904223u;
      v = integers ? static_cast<float>((state >> 10) % 9) - 4 : rounded(static_cast<float>(state >> 8) * 0x1p-23f - 1);
    }
    return values;
  };
  const std::int64_t pixels = c.n * c.h * c.w;
  return {d,
          c.dressed,
          numbers(pixels * c.c, 1),
          numbers(c.r * c.s * c.c * c.k, 2),
          numbers(c.k, 3),
          numbers(pixels * c.k, 4),
          numbers(pixels * c.k, 5)};
}

struct Sums {
  Doubles y, gx, gw;
};

// From the definition, in double.
Sums sums_of(const Problem& t) {
  const ConvShape& d = t.d;
  Sums sums{Doubles(t.gy.size()), Doubles(t.x.size()), Doubles(t.w.size())};
  const auto at = [](const Floats& v, std::int64_t i) { return double{v[static_cast<std::size_t>(i)]}; };
  for (std::int64_t o = 0; o < d.n * d.h * d.w * d.k; ++o) {
    const std::int64_t k = o % d.k, j = o / d.k % d.w, i = o / d.k / d.w % d.h, n = o / d.k / d.w / d.h;
    double y = 0;
    for (std::int64_t tap = 0; tap < d.r * d.s; ++tap) {
      const std::int64_t h = i + tap / d.s - d.top, v = j + tap % d.s - d.left;
      if (h < 0 || h >= d.h || v < 0 || v >= d.w) continue;
      for (std::int64_t ch = 0; ch < d.c; ++ch) {
        const std::int64_t from = ((n * d.h + h) * d.w + v) * d.c + ch, weight = (tap * d.c + ch) * d.k + k;
        y += at(t.x, from) * at(t.w, weight);
        sums.gx[static_cast<std::size_t>(from)] += at(t.gy, o) * at(t.w, weight);
        sums.gw[static_cast<std::size_t>(weight)] += at(t.gy, o) * at(t.x, from);
      }
    }
    if (t.dressed) y = std::clamp(y + at(t.b, k) + at(t.residual, o), 0.0, 6.0);
    sums.y[static_cast<std::size_t>(o)] = y;
  }
  return sums;
}

template <class S>
S stored(float v) {
  if constexpr (std::is_same_v<S, bf16>)
    return narrowed(v);
  else
    return v;
}
template <class S>
std::vector<S> all_stored(const Floats& values) {
  std::vector<S> all;
  for (const float v : values) all.push_back(stored<S>(v));
  return all;
}
Floats loaded(const Floats& values) { return values; }
Floats loaded(const std::vector<bf16>& values) {
  Floats all;
  for (const bf16 v : values) all.push_back(widened(v));
  return all;
}

struct Answers {
  Floats y, gx, gw;
};

template <class S>
Answers run(const Problem& t) {
  const ConvShape& d = t.d;
  const std::int64_t pixels = d.n * d.h * d.w;
  const std::vector<S> x = all_stored<S>(t.x), gy = all_stored<S>(t.gy), residual = all_stored<S>(t.residual);
  std::vector<S> y(t.gy.size(), stored<S>(NAN)), gx(t.x.size(), stored<S>(NAN));
  Floats gw(t.w.size(), NAN);
  Stream& stream = stream_of(Device::emulated);
  Target<S> to = target(y.data(), pixels, d.k);
  if (t.dressed) to.bias = t.b.data(), to.residual = residual.data(), to.activation = Activation::relu6;
  wgmma_forward(stream, d, x.data(), t.w.data(), to);
  wgmma_backward_data(stream, d, gy.data(), t.w.data(), target(gx.data(), pixels, d.c));
  if (supports(Algorithm::wgmma, Pass::backward_weights, d))
    wgmma_backward_weights(stream, d, x.data(), gy.data(), target(gw.data(), d.r * d.s * d.c, d.k));
  else
    gw.clear();
  return {loaded(y), loaded(gx), gw};
}

// The first place where `got` is not value(i), or that there is none.
template <class Value>
std::string first_difference(const Floats& got, const Value& value) {
  for (std::size_t i = 0; i < got.size(); ++i)
    if (!(got[i] == value(i))) return str("at ", i, ": ", got[i], ", not ", value(i));
  return "";
}

void hold(const Case& c, simt::Order order) {
  const simt::OrderScope scope(order);
  const Problem integers = pose(c, true), reals = pose(c, false);
  ASSERT_TRUE(supports(Algorithm::wgmma, Pass::forward, integers.d)) << label(c);
  const Sums sums = sums_of(integers);
  const auto exact = [](const Doubles& d) { return [&d](std::size_t i) { return static_cast<float>(d[i]); }; };
  const auto once = [](const auto& v) { return [&v](std::size_t i) { return rounded(static_cast<float>(v[i])); }; };
  const Answers wide = run<float>(integers), narrow = run<bf16>(integers);
  EXPECT_EQ(first_difference(wide.y, exact(sums.y)), "") << "y, " << label(c);
  EXPECT_EQ(first_difference(wide.gx, exact(sums.gx)), "") << "gx, " << label(c);
  EXPECT_EQ(first_difference(wide.gw, exact(sums.gw)), "") << "gw, " << label(c);
  EXPECT_EQ(first_difference(narrow.y, once(sums.y)), "") << "y in bfloat16, " << label(c);
  EXPECT_EQ(first_difference(narrow.gx, once(sums.gx)), "") << "gx in bfloat16, " << label(c);
  EXPECT_EQ(first_difference(narrow.gw, exact(sums.gw)), "") << "gw of bfloat16, " << label(c);
  EXPECT_EQ(narrow.gw.size(), c.r * c.s <= 9 ? integers.w.size() : 0);
  const Answers real = run<float>(reals), short_real = run<bf16>(reals);
  EXPECT_EQ(first_difference(short_real.y, once(real.y)), "") << "y of reals, " << label(c);
  EXPECT_EQ(first_difference(short_real.gx, once(real.gx)), "") << "gx of reals, " << label(c);
  EXPECT_TRUE(short_real.gw == real.gw) << "gw of reals, " << label(c);
}

class CudaWgmmaStorage : public testing::TestWithParam<simt::Order> {};
TEST_P(CudaWgmmaStorage, ImagesSmallerThanATile) {
  hold({1, 1, 1, 64, 64, 3, 3, 1, 1}, GetParam());         // a pixel: its neighbours are all outside
  hold({3, 5, 7, 64, 192, 3, 3, 1, 1}, GetParam());        // several images in a tile, three tiles side by side
  hold({2, 4, 9, 128, 64, 5, 2, 2, 1, true}, GetParam());  // asymmetric, more taps than the gradient takes, two windows
  hold({2, 9, 4, 64, 128, 3, 3, 0, 2, true}, GetParam());  // columns of 128, asymmetric padding
}
TEST_P(CudaWgmmaStorage, SeveralTilesForABlock) {
  hold({5, 11, 11, 64, 64, 3, 3, 1, 1, true}, GetParam());  // five tiles of 128 pixels for two blocks
  hold({2, 18, 19, 64, 64, 1, 3, 0, 1}, GetParam());        // three of 256, the gradient's sum in two pieces
  hold({1, 17, 17, 128, 64, 3, 3, 1, 1}, GetParam());       // an image larger than a tile, windows in turn
  hold({3, 7, 7, 64, 64, 5, 5, 2, 2}, GetParam());          // 25 taps
  hold({2, 4, 40, 64, 64, 3, 3, 1, 1}, GetParam());         // taps that reach several steps of the gradient
}
std::string name_of_order(const testing::TestParamInfo<simt::Order>& order) {
  static constexpr const char* kNames[] = {"forward", "reverse", "shuffled"};
  return kNames[static_cast<int>(order.param)];
}
INSTANTIATE_TEST_SUITE_P(, CudaWgmmaStorage,
                         testing::Values(simt::Order::forward, simt::Order::reverse, simt::Order::shuffled),
                         name_of_order);

TEST(CudaWgmma, AsksForAlignedActivations) {
  const Problem t = pose({1, 2, 2, 64, 64, 3, 3, 1, 1}, true);
  std::vector<bf16> x(t.x.size() + 1), y(t.gy.size());
  try {
    wgmma_forward(stream_of(Device::emulated), t.d, x.data() + 1, t.w.data(), target(y.data(), 4, 64));
    FAIL() << "took an array that starts at an odd place";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "conv2d: wgmma takes arrays that start at multiples of 16 bytes");
  }
}

}  // namespace
}  // namespace mueca::emulated
