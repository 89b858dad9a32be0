// Plain vectors: sums, scaled copies, moving averages, columns of matrices.
#include <cstring>

#include "core/kernel_list.h"
#include "kernels/cpu/strips.h"

namespace mueca::cpu {
namespace {

// The sum of term(x[i]) in double, strip by strip; within a strip every 32nd element, so that additions overlap.
template <class Term>
double double_sum(In<1> x, const Term& term) {
  return total_sum(x.size(), [&](Index begin, Index end) {
    constexpr Index kWays = 32;
    double way[kWays] = {}, sum = 0;
    Index i = begin;
    for (; i + kWays <= end; i += kWays)
      for (Index j = 0; j < kWays; ++j) way[j] += term(static_cast<double>(x.data[i + j]));
    for (; i < end; ++i) sum += term(static_cast<double>(x.data[i]));
    for (double w : way) sum += w;
    return sum;
  });
}

}  // namespace

// y = a + b.
void add_forward(Stream&, In<1> a, In<1> b, Out<1> y) {
  parallel_for(y.size(), kGrain, [&](Index begin, Index end) {
    const float* __restrict pa = a.data;
    const float* __restrict pb = b.data;
    float* __restrict py = y.data;
    for (Index i = begin; i < end; ++i) py[i] = pa[i] + pb[i];
  });
}

// Activations are float32 here: copies.
void narrow(Stream&, In<1> x, Out<1> y) {
  parallel_for(y.size(), kGrain, [&](Index begin, Index end) {
    std::copy(x.data + begin, x.data + end, y.data + begin);
  });
}
void widen(Stream& stream, In<1> x, Out<1> y) { narrow(stream, x, y); }

// y = value everywhere.
void fill(Stream&, Out<1> y, float value) {
  parallel_for(y.size(), kGrain, [&](Index begin, Index end) { std::fill(y.data + begin, y.data + end, value); });
}

// One vector from many.
void gather(Stream&, Pieces pieces, Out<1> y) {
  for (int i = 0; i < pieces.used; ++i)
    parallel_for(pieces.count[i], kGrain, [&](Index begin, Index end) {
      std::copy(pieces.from[i] + begin, pieces.from[i] + end, y.data + pieces.to[i] + begin);
    });
}

// y = x * s * factor, where s is a single number in memory; y may be x, and then ones leave it as it is.
void scale(Stream&, In<1> x, In<1> s, float factor, Out<1> y) {
  const float by = *s.data;
  if (by == 1 && factor == 1 && x.data == y.data) return;
  parallel_for(y.size(), kGrain, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) y.data[i] = x.data[i] * by * factor;
  });
}

// y moves by the fraction s * factor towards x; s is a single number in memory, or absent.
void lerp(Stream&, In<1> x, In<1> s, float factor, Out<1> y) {
  const float t = s ? *s.data * factor : factor;
  parallel_for(y.size(), kGrain, [&](Index begin, Index end) {
    const float* __restrict px = x.data;
    float* __restrict py = y.data;
    for (Index i = begin; i < end; ++i) py[i] += t * (px[i] - py[i]);
  });
}

// Columns [x0, x0 + count) of x become columns [y0, y0 + count) of y.
void copy_columns(Stream&, In<2> x, std::int64_t x0, Out<2> y, std::int64_t y0, std::int64_t count) {
  if (count == 0) return;
  parallel_for(y.extent[0], grain_of_rows(count), [&](Index begin, Index end) {
    for (Index m = begin; m < end; ++m)
      std::memcpy(y.data + m * y.extent[1] + y0, x.data + m * x.extent[1] + x0,
                  static_cast<std::size_t>(count) * sizeof(float));
  });
}

// The mean of all elements.
void mean_forward(Stream&, In<1> x, Out<1> y) {
  *y.data = static_cast<float>(double_sum(x, [](double v) { return v; }) / static_cast<double>(x.size()));
}

// The sum of all squares.
void sum_of_squares(Stream&, In<1> x, Out<1> y) {
  *y.data = static_cast<float>(double_sum(x, [](double v) { return v * v; }));
}

// The number of rows whose largest elements are in one column.
void count_correct(Stream&, In<2> x, In<2> t, Out<1> y) {
  const Index k = x.extent[1];
  const auto largest = [k](const float* row) { return std::max_element(row, row + k) - row; };
  Index right = 0;
  for (Index m = 0; m < x.extent[0]; ++m) right += largest(x.data + m * k) == largest(t.data + m * k);
  *y.data = static_cast<float>(right);
}

}  // namespace mueca::cpu
