// The CUDA kernels of gated recurrent units, run by the executor, against the CPU's, which the op suite holds to its
// double-precision reference; in every order of threads the same bits.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/kernel_list.h"
#include "kernels/emulated/executor.h"

namespace mueca {
namespace {

using Floats = std::vector<float>;

Floats uniform(std::int64_t n, unsigned seed) {  // (-1, 1)
  Floats values(static_cast<std::size_t>(n));
  unsigned state = seed;
  for (float& v : values) state = state * 1664525u + 1013904223u, v = static_cast<float>(state >> 8) * 0x1p-23f - 1;
  return values;
}

template <int Rank>
In<Rank> in(const Floats& values, const std::int64_t (&extent)[Rank]) {
  In<Rank> view;
  view.data = values.empty() ? nullptr : values.data();
  std::copy(extent, extent + Rank, view.extent);
  return view;
}
template <int Rank>
Out<Rank> out(Floats& values, const std::int64_t (&extent)[Rank]) {
  Out<Rank> view;
  view.data = values.data();
  std::copy(extent, extent + Rank, view.extent);
  return view;
}

struct Answers {
  Floats h, kept, gp, gq, gh0;
};

// Both passes of n items, t frames, h units by one device's kernels; outputs start as NaN.
template <class Forward, class Backward>
Answers run(Forward forward, Backward backward, std::int64_t n, std::int64_t t, std::int64_t h, bool first_state) {
  const Floats p = uniform(n * t * 3 * h, 1), u = uniform(h * 3 * h, 2), b = uniform(3 * h, 3);
  const Floats h0 = first_state ? uniform(n * h, 4) : Floats(), gh = uniform(n * t * h, 5);
  Answers a;
  for (auto [values, size] : {std::pair{&a.h, n * t * h},
                              {&a.kept, n * t * 4 * h},
                              {&a.gp, n * t * 3 * h},
                              {&a.gq, n * t * 3 * h},
                              {&a.gh0, n * h}})
    values->assign(static_cast<std::size_t>(size), NAN);
  Stream stream;
  forward(stream, in(p, {n, t, 3 * h}), in(u, {h, 3 * h}), in(b, {3 * h}), in(h0, {n, h}), out(a.h, {n, t, h}),
          out(a.kept, {n, t, 4 * h}));
  backward(stream, in(u, {h, 3 * h}), in(h0, {n, h}), in(a.h, {n, t, h}), in(a.kept, {n, t, 4 * h}), in(gh, {n, t, h}),
           out(a.gp, {n, t, 3 * h}), out(a.gq, {n, t, 3 * h}), out(a.gh0, {n, h}));
  return a;
}

// Each step rounds sums of h products of numbers below 1 (and gradients of their size); states hand errors on.
void expect_close(const Floats& got, const Floats& expected, std::int64_t t, std::int64_t h, const char* what) {
  float largest = 1;
  for (const float x : expected) largest = std::max(largest, std::abs(x));
  const float bound = 4 * static_cast<float>(t * (h + 4)) * 0x1p-24f * largest;
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) ASSERT_NEAR(got[i], expected[i], bound) << what << " " << i;
}

TEST(CudaGru, AgreesWithTheCpuInEveryOrder) {
  struct Size {
    std::int64_t n, t, h;
    bool first_state;
  };
  for (const Size s : {Size{1, 1, 1, false}, {3, 4, 5, true}, {5, 3, 40, false}, {9, 2, 300, true}}) {
    const Answers expected = run(cpu::gru_forward, cpu::gru_backward, s.n, s.t, s.h, s.first_state);
    Answers first;
    for (const simt::Order order : {simt::Order::forward, simt::Order::reverse, simt::Order::shuffled}) {
      const simt::OrderScope scope(order);
      const Answers got = run(emulated::gru_forward, emulated::gru_backward, s.n, s.t, s.h, s.first_state);
      expect_close(got.h, expected.h, s.t, s.h, "h");
      expect_close(got.kept, expected.kept, s.t, s.h, "kept");
      expect_close(got.gp, expected.gp, s.t, s.h, "gp");
      expect_close(got.gq, expected.gq, s.t, s.h, "gq");
      expect_close(got.gh0, expected.gh0, s.t, s.h, "gh0");
      if (first.h.empty()) first = got;
      EXPECT_EQ(got.h, first.h);
      EXPECT_EQ(got.gp, first.gp);
      EXPECT_EQ(got.gh0, first.gh0);
    }
  }
}

}  // namespace
}  // namespace mueca
