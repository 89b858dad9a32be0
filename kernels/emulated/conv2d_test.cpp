// Every algorithm of the CUDA linear maps, run by the executor, against sums in double from the definition: bit-exact
// on integers, within the bound of its precision on reals, the same bits in every order of threads; with activations
// stored as float32 and as bfloat16.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <vector>

#include "core/error.h"
#include "kernels/cuda/algorithms.h"
#include "kernels/cuda/divisor.cuh"
#include "kernels/emulated/executor.h"

namespace mueca::emulated {
namespace {

using Floats = std::vector<float>;
template <class S>
inline constexpr bool kNarrow = std::is_same_v<S, bf16>;

struct Case {
  std::int64_t n, h, w, c, k, r, s;
  Conv2d g = {};
};
std::string label(const Case& c) {
  return str("x [", c.n, ", ", c.h, ", ", c.w, ", ", c.c, "] w [", c.r, ", ", c.s, ", ", c.c, ", ", c.k, "] stride ",
             c.g.stride);
}

// A sum in double, with what bounds the error of a float32 sum of the same products.
struct Sum {
  std::vector<double> value, size, terms;
  explicit Sum(std::int64_t n) : value(static_cast<std::size_t>(n)), size(value.size()), terms(value.size()) {}
  void add(std::int64_t at, double product) {
    const auto i = static_cast<std::size_t>(at);
    value[i] += product, size[i] += std::abs(product), terms[i] += 1;
  }
};

struct Problem {
  ConvShape d;
  Conv2d g;
  Floats x, w, b, gy;
  Sum y, gx, gw;
};

// x and gy are numbers that S has.
template <class S>
Problem pose(const Case& c, bool integers) {
  const Conv2d& g = c.g;
  const std::int64_t p = (c.h + g.pad.top + g.pad.bottom - c.r) / g.stride + 1;
  const std::int64_t q = (c.w + g.pad.left + g.pad.right - c.s) / g.stride + 1;
  const ConvShape d{c.n,      c.h,       c.w,        c.c,          p,          q, c.k, c.r, c.s,
                    g.stride, g.pad.top, g.pad.left, g.pad.bottom, g.pad.right};
  const auto numbers = [&](std::int64_t n, unsigned seed) {
    Floats values(static_cast<std::size_t>(n));
    unsigned state = seed;
    for (float& v : values) {
      state = state * 1664525u + 1013904223u;
      v = integers ? static_cast<float>((state >> 10) % 9) - 4 : static_cast<float>(state >> 8) * 0x1p-23f - 1;
    }
    return values;
  };
  const auto stored = [](Floats values) {
    if constexpr (kNarrow<S>)
      for (float& v : values) v = widened(narrowed(v));
    return values;
  };
  const std::int64_t xs = c.n * c.h * c.w * c.c, ws = c.r * c.s * c.c * c.k, ys = c.n * p * q * c.k;
  Problem t{d,       g,      stored(numbers(xs, 1)), numbers(ws, 2), numbers(c.k, 3), stored(numbers(ys, 4)), Sum(ys),
            Sum(xs), Sum(ws)};
  const auto at = [](const Floats& v, std::int64_t i) { return double{v[static_cast<std::size_t>(i)]}; };
  for (std::int64_t o = 0; o < ys; ++o) {
    const std::int64_t k = o % d.k, j = o / d.k % q, i = o / d.k / q % p, n = o / d.k / q / p;
    t.y.add(o, at(t.b, k));
    for (std::int64_t tap = 0; tap < d.r * d.s; ++tap) {
      const std::int64_t h = i * d.stride + tap / d.s - d.top, v = j * d.stride + tap % d.s - d.left;
      if (h < 0 || h >= d.h || v < 0 || v >= d.w) continue;
      for (std::int64_t ch = 0; ch < d.c; ++ch) {
        const std::int64_t from = ((n * d.h + h) * d.w + v) * d.c + ch, weight = (tap * d.c + ch) * d.k + k;
        t.y.add(o, at(t.x, from) * at(t.w, weight));
        t.gx.add(from, at(t.gy, o) * at(t.w, weight));
        t.gw.add(weight, at(t.gy, o) * at(t.x, from));
      }
    }
  }
  return t;
}

template <class S>
struct Answers {
  std::vector<S> y, gx;
  Floats gw;
  bool operator==(const Answers&) const = default;
};

template <class S>
std::vector<S> as(const Floats& values) {
  if constexpr (kNarrow<S>) {
    std::vector<S> halves;
    for (const float v : values) halves.push_back(narrowed(v));
    return halves;
  } else {
    return values;
  }
}

template <class S>
Answers<S> run(const Problem& t) {
  const ConvShape& d = t.d;
  const std::vector<S> xs = as<S>(t.x), gys = as<S>(t.gy);
  Answers<S> a{as<S>(Floats(t.gy.size(), NAN)), as<S>(Floats(t.x.size(), NAN)), Floats(t.w.size())};
  const View<const S, 4> x{xs.data(), {d.n, d.h, d.w, d.c}}, gy{gys.data(), {d.n, d.p, d.q, d.k}};
  const In<4> w{t.w.data(), {d.r, d.s, d.c, d.k}};
  const View<S, 4> y{a.y.data(), {d.n, d.p, d.q, d.k}}, gx{a.gx.data(), {d.n, d.h, d.w, d.c}};
  Stream& stream = stream_of(Device::emulated);
  fill(stream, {a.gw.data(), {static_cast<std::int64_t>(a.gw.size())}}, NAN);
  conv2d_forward(stream, x, w, {t.b.data(), {d.k}}, y, t.g);
  conv2d_backward_data(stream, gy, w, gx, t.g);
  conv2d_backward_weights(stream, x, gy, {a.gw.data(), {d.r, d.s, d.c, d.k}}, t.g);
  return a;
}

float value_of(float v) { return v; }
float value_of(bf16 v) { return widened(v); }

// Each sum within 4 float32 roundings a term, and `share` of what bounds it for the rounding of operands; or exact.
// What is stored in bfloat16 is rounded to it once more.
template <class T>
void expect_close(const std::vector<T>& got, const Sum& sum, double share, bool exact, const std::string& what) {
  for (std::size_t i = 0; i < got.size(); ++i) {
    double value = sum.value[i], bound = (4 * (sum.terms[i] + 1) * 0x1p-24 + share) * sum.size[i];
    if (kNarrow<T>) bound += 0x1p-8 * (std::abs(value) + bound);
    if (exact) bound = 0, value = kNarrow<T> ? widened(narrowed(static_cast<float>(value))) : value;
    ASSERT_LE(std::abs(value_of(got[i]) - value), bound) << what << " at " << i;
  }
}

template <class S>
void hold_stored_as(const Case& c, Algorithm algorithm) {
  if (algorithm == Algorithm::stem && c.c > 4) return;
  std::vector<Rounding> roundings = {Rounding::by_shape};
  if (kNarrow<S> && algorithm == Algorithm::bf16) roundings = {Rounding::before, Rounding::inside};
  for (const bool integers : {true, false}) {
    const Problem t = pose<S>(c, integers);
    const std::string what =
        str(name_of(algorithm), kNarrow<S> ? ", bfloat16" : "", integers ? ", integers: " : ", reals: ", label(c));
    Answers<S> first;
    for (const Rounding rounding : roundings) {
      const ForceAlgorithm force(algorithm, rounding);
      // Both operands are rounded; of a bfloat16 activation and a filter, the filter.
      const auto share = [&](Pass pass) {
        const double r = operand_rounding(algorithm_for(pass, t.d, kNarrow<S>));
        return kNarrow<S> ? (pass == Pass::backward_weights ? 0 : r) : (2 + r) * r;
      };
      for (const simt::Order order : {simt::Order::forward, simt::Order::reverse, simt::Order::shuffled}) {
        if (integers && order != simt::Order::forward) continue;  // exact once, and the same bits always
        const simt::OrderScope scope(order);
        const Answers<S> got = run<S>(t);
        expect_close(got.y, t.y, share(Pass::forward), integers, "y of " + what);
        expect_close(got.gx, t.gx, share(Pass::backward_data), integers, "gx of " + what);
        expect_close(got.gw, t.gw, share(Pass::backward_weights), integers, "gw of " + what);
        if (first.y.empty()) first = got;
        EXPECT_TRUE(got == first) << what << ": other bits in another order of threads, or of rounding";
      }
    }
  }
}

void hold(const Case& c, Algorithm algorithm) {
  hold_stored_as<float>(c, algorithm);
  if (algorithm != Algorithm::tf32x3 && algorithm != Algorithm::tf32) hold_stored_as<bf16>(c, algorithm);
}

const Case kSmall[] = {
    {2, 5, 6, 8, 12, 3, 3, {1, {1, 1, 1, 1}}},  // 16-byte copies everywhere, of bfloat16 those of x alone
    {1, 5, 6, 16, 8, 3, 3, {1, {1, 1, 1, 1}}},  // 16-byte copies everywhere
    {2, 5, 4, 17, 9, 3, 3, {1, {1, 0, 1, 2}}},  // 4-byte copies everywhere, of bfloat16 2-byte ones
    {1, 7, 6, 8, 8, 3, 3, {2, {0, 0, 1, 1}}},   // classes of gx that differ in their taps
    {1, 9, 8, 3, 8, 7, 7, {2, {2, 2, 3, 3}}},   //
    {1, 8, 7, 4, 4, 3, 3, {3, {}}},             // pixels that no output reads
    {2, 5, 5, 12, 16, 1, 1, {2, {}}},           // classes of gx without any tap
    {3, 4, 5, 20, 24, 1, 1, {1, {}}},           // no index arithmetic
    {2, 6, 6, 1, 16, 5, 5, {1, {2, 2, 2, 2}}},  // the stem's input
    {1, 2, 2, 4, 8, 3, 3, {1, {3, 3, 3, 3}}},   // windows that lie in the padding altogether
};
// More rows, columns and depth than a tile has, and sums in several pieces: forward, and over the pixels.
const Case kLarge[] = {{1, 13, 11, 36, 70, 3, 3, {1, {1, 1, 1, 1}}},
                       {4, 12, 12, 17, 20, 1, 1, {1, {}}},
                       {1, 12, 11, 16, 72, 3, 3, {1, {1, 1, 1, 1}}},
                       {2, 16, 16, 24, 72, 1, 1, {1, {}}},
                       {2, 24, 24, 1, 36, 3, 3, {1, {1, 1, 1, 1}}},
                       {1, 4, 4, 64, 64, 3, 3, {1, {1, 1, 1, 1}}},
                       {1, 2, 3, 200, 136, 1, 1, {1, {}}}};

// Convolutions that keep the image's size: one tile and several for a block, of 64 or 128 columns and either height.
const Case kSameSize[] = {
    {2, 12, 12, 64, 128, 3, 3, {1, {1, 1, 1, 1}}},  //
    {5, 6, 6, 128, 64, 3, 3, {1, {1, 1, 1, 1}}},    // several images in a tile, two windows
    {3, 5, 7, 64, 192, 3, 3, {1, {1, 1, 1, 1}}},    // three tiles side by side
    {1, 1, 1, 192, 64, 3, 3, {1, {1, 1, 1, 1}}},    // a pixel
    {2, 9, 4, 64, 64, 3, 3, {1, {0, 2, 2, 0}}},     // asymmetric padding
    {2, 4, 9, 64, 64, 5, 2, {1, {2, 1, 2, 0}}},     //
    {5, 11, 11, 64, 64, 3, 3, {1, {1, 1, 1, 1}}},   // five tiles of 128 pixels for two blocks
    {4, 16, 16, 64, 64, 1, 3, {1, {0, 1, 0, 1}}},   // four of 256
    {2, 4, 40, 64, 64, 3, 3, {1, {1, 1, 1, 1}}},    // taps that reach several steps of the gradient
};

class CudaLinear : public testing::TestWithParam<Algorithm> {};
TEST_P(CudaLinear, SmallConvolutions) {
  for (const Case& c : kSmall) hold(c, GetParam());
}
TEST_P(CudaLinear, SeveralTilesAndPieces) {
  for (const Case& c : kLarge) hold(c, GetParam());
}
TEST(CudaWgmma, ConvolutionsThatKeepTheSize) {
  for (const Case& c : kSameSize) {
    const Problem t = pose<float>(c, true);
    EXPECT_TRUE(supports(Algorithm::wgmma, Pass::forward, t.d)) << label(c);
    EXPECT_TRUE(supports(Algorithm::wgmma, Pass::backward_data, t.d)) << label(c);
    EXPECT_EQ(supports(Algorithm::wgmma, Pass::backward_weights, t.d), c.r * c.s <= 9) << label(c);
    hold(c, Algorithm::wgmma);
  }
}
INSTANTIATE_TEST_SUITE_P(, CudaLinear, testing::ValuesIn(linear_algorithms().begin(), linear_algorithms().end()),
                         [](const auto& info) { return std::string(name_of(info.param)); });

TEST(CudaLinearChoice, FollowsShapeAndPrecision) {
  const ConvShape stem{1, 48, 48, 1, 48, 48, 32, 3, 3, 1, 1, 1, 1, 1},
      thick{1, 12, 12, 64, 12, 12, 64, 3, 3, 1, 1, 1, 1, 1};
  EXPECT_EQ(choose(Pass::forward, stem, Precision::bf16), Algorithm::stem);
  EXPECT_EQ(choose(Pass::backward_weights, stem, Precision::float32), Algorithm::stem);
  EXPECT_EQ(choose(Pass::backward_data, stem, Precision::float32), Algorithm::naive);
  EXPECT_EQ(choose(Pass::forward, thick, Precision::float32), Algorithm::tf32x3);
  EXPECT_EQ(choose(Pass::backward_data, thick, Precision::tf32), Algorithm::tf32);
  EXPECT_EQ(choose(Pass::backward_weights, thick, Precision::bf16), Algorithm::wgmma);
  EXPECT_EQ(choose(Pass::forward, thick, Precision::bf16), Algorithm::wgmma);
  ConvShape other = thick;
  other.top = 0, other.p = 11;
  EXPECT_EQ(choose(Pass::forward, other, Precision::bf16), Algorithm::bf16);
  other = thick, other.c = 96;
  EXPECT_EQ(choose(Pass::backward_data, other, Precision::bf16), Algorithm::bf16);
  other = thick, other.r = 5, other.top = 2;  // 15 taps: too many sums
  EXPECT_EQ(choose(Pass::forward, other, Precision::bf16), Algorithm::wgmma);
  EXPECT_EQ(choose(Pass::backward_weights, other, Precision::bf16), Algorithm::bf16);
  other = thick, other.w = other.q = 1000;  // its window would fill a multiprocessor's shared memory
  EXPECT_EQ(choose(Pass::forward, other, Precision::bf16), Algorithm::bf16);
  EXPECT_EQ(choose(Pass::forward, stem, Precision::float32, true), Algorithm::stem);
  EXPECT_EQ(choose(Pass::forward, thick, Precision::float32, true), Algorithm::wgmma);
  EXPECT_EQ(choose(Pass::backward_data, other, Precision::bf16, true), Algorithm::bf16);
  EXPECT_FALSE(supports(Algorithm::tf32, Pass::forward, thick, true));
  EXPECT_FALSE(supports(Algorithm::tf32x3, Pass::backward_weights, thick, true));
  const ConvShape few{1, 4, 4, 3, 4, 4, 30, 1, 1, 1, 0, 0, 0, 0};
  EXPECT_EQ(choose(Pass::forward, few, Precision::tf32), Algorithm::tiled);
  EXPECT_EQ(choose(Pass::forward, few, Precision::float32, true), Algorithm::tiled);
  EXPECT_EQ(precision(), Precision::float32);
}

// By rows and weights. The launch it saves is worth as much as 2 bytes for each of seven million weights.
TEST(CudaLinearChoice, RoundsSmallFiltersInside) {
  EXPECT_TRUE(rounds_inside(256 * 24 * 24, 16 * 96));        // a 1x1 convolution of MobileNetV2, 256 images
  EXPECT_TRUE(rounds_inside(256 * 2 * 2, 320 * 1280));       // its last
  EXPECT_TRUE(rounds_inside(256, 9216 * 256));               // a head: two rows of blocks
  EXPECT_FALSE(rounds_inside(256 * 12 * 12, 9 * 64 * 128));  // the baseline's 3x3 convolutions
  EXPECT_FALSE(rounds_inside(256 * 6 * 6, 9 * 256 * 256));   //
  EXPECT_FALSE(rounds_inside(std::int64_t{1} << 40, 1 << 20));
  for (const Rounding rounding : {Rounding::before, Rounding::inside}) {
    const ForceAlgorithm force(Algorithm::bf16, rounding);
    EXPECT_EQ(rounds_inside(256, 256), rounding == Rounding::inside);
    EXPECT_EQ(rounds_inside(1 << 20, 1 << 20), rounding == Rounding::inside);
  }
  EXPECT_TRUE(rounds_inside(256, 256));
}

TEST(Divisor, DividesAsTheLanguageDoes) {
  constexpr int kMost = 0x7fffffff;
  for (const int by : {1, 2, 3, 5, 7, 9, 48, 641, 2304, 65535, 65537, 1 << 30, kMost - 1, kMost}) {
    const Divisor divide(by);
    for (const int n : {0, 1, by - 1, by, kMost / by * by, kMost / by * by - 1, kMost - 1, kMost, 12345678, 1 << 30})
      EXPECT_EQ(divide(n), n / by) << n << " / " << by;
  }
}

}  // namespace
}  // namespace mueca::emulated
