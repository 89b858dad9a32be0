// resize_bilinear with half-pixel centres: output p samples the source at (p + 1/2) H / P - 1/2, clamped to the image.
#include <gtest/gtest.h>

#include "tests/suite.h"

namespace mueca::suite {
namespace {

struct Tap {
  Index at;
  Real weight;
};

// The two source places of output p. The coordinate is computed in float32 on a device: about four roundings of its
// size, which move weight from one neighbour to the other; next to a place they reach the neighbour beyond it.
std::vector<Tap> taps_of(Index p, Index extent, Index out) {
  const double centre = (static_cast<double>(p) + 0.5) * static_cast<double>(extent) / static_cast<double>(out) - 0.5;
  const auto last = static_cast<double>(extent - 1);
  const double at = std::clamp(centre, 0.0, last);
  const double doubt = extent == out ? 0 : 4 * kUnit * (std::abs(centre) + 1);
  const auto low = static_cast<Index>(std::floor(at));
  const double share = at - static_cast<double>(low);
  std::vector<Tap> taps{{low, {1 - share, doubt}}, {std::min(low + 1, extent - 1), {share, doubt}}};
  if (share <= doubt && low > 0) taps.push_back({low - 1, {0, doubt}});
  if (share >= 1 - doubt && low + 2 < extent) taps.push_back({low + 2, {0, doubt}});
  return taps;
}

template <class Visit>  // visit(n, p, q, c, h, w, weight) for each pair of taps of each output
void for_taps(const Shape& x, const Shape& y, const Visit& visit) {
  for (Index n = 0; n < y[0]; ++n)
    for (Index p = 0; p < y[1]; ++p)
      for (Index q = 0; q < y[2]; ++q)
        for (const Tap& row : taps_of(p, x[1], y[1]))
          for (const Tap& column : taps_of(q, x[2], y[2]))
            for (Index c = 0; c < y[3]; ++c) visit(n, p, q, c, row.at, column.at, row.weight * column.weight);
}

Case make(Shape x, Index height, Index width, bool exact) {
  Case c;
  const Shape out{x[0], height, width, x[3]};
  c.name = str("resize_bilinear ", x, " to ", height, " x ", width, exact ? " integers" : "");
  c.inputs = {{x, exact ? Values::integers : Values::reals}};
  c.forward = [=](const Arrays& in) -> Arrays {
    Sums y(out);
    for_taps(x, out, [&](Index n, Index p, Index q, Index k, Index h, Index w, Real weight) {
      y(n, p, q, k) += weight * in[0](n, h, w, k);
    });
    return {reals(y)};
  };
  c.gradient = [=](const Arrays&, const Array& gy) -> Arrays {
    Sums gx(x);
    for_taps(x, out, [&](Index n, Index p, Index q, Index k, Index h, Index w, Real weight) {
      gx(n, h, w, k) += weight * gy(n, p, q, k);
    });
    return {reals(gx)};
  };
  c.op = [=](const std::vector<Tensor>& in) -> std::vector<Tensor> { return {resize_bilinear(in[0], height, width)}; };
  c.exact = exact;
  c.differences = x.size() < 1000;
  return c;
}

// Worked by hand: 2 -> 4 samples at -0.25, 0.25, 0.75, 1.25.
TEST(Resize, KnownValuesOfHalfPixelCentres) {
  const Tensor up = resize_bilinear(Tensor::from({1, 1, 2, 1}, {0, 8}), 1, 4);
  EXPECT_EQ(up.to_vector(), (std::vector<float>{0, 2, 6, 8}));
  const Tensor down = resize_bilinear(Tensor::from({1, 4, 1, 1}, {1, 3, 5, 11}), 2, 1);
  EXPECT_EQ(down.to_vector(), (std::vector<float>{2, 8}));
}

}  // namespace

Family resize_family() {
  Family f;
  f.activations = {0};
  f.cases = {
      make({2, 4, 6, 3}, 8, 12, true),      make({1, 3, 2, 17}, 12, 8, true), make({2, 8, 4, 3}, 4, 2, true),
      make({1, 5, 6, 2}, 5, 6, true),       make({2, 4, 6, 3}, 7, 9, false),  make({1, 7, 9, 5}, 4, 3, false),
      make({1, 5, 4, 16}, 2, 13, false),    make({2, 1, 1, 3}, 4, 5, true),   make({1, 48, 48, 1}, 160, 96, false),
      make({1, 64, 50, 3}, 48, 48, false),  make({2, 3, 5, 2}, 9, 15, false), make({3, 20, 24, 17}, 33, 31, false),
      make({5, 31, 33, 10}, 16, 20, false),
  };
  const Tensor x({1, 4, 4, 3});
  f.refusals = {
      {"rank 3",
       [] {
         resize_bilinear(Tensor({4, 4, 3}), 2, 2);
       },
       "resize_bilinear: x must be [N, H, W, C], got [4, 4, 3]"},
      {"to nothing", [=] { resize_bilinear(x, 0, 2); },
       "resize_bilinear: from [1, 4, 4, 3] to 0 x 2: extents must be at least 1"},
      {"from nothing",
       [] {
         resize_bilinear(Tensor({1, 0, 4, 3}), 2, 2);
       },
       "resize_bilinear: from [1, 0, 4, 3] to 2 x 2: extents must be at least 1"},
  };
  return f;
}

}  // namespace mueca::suite
