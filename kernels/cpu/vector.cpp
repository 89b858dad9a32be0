// Plain vectors: sums, scaled copies, moving averages, columns of matrices.
#include <cstring>

#include "core/kernel_list.h"
#include "kernels/cpu/strips.h"

namespace mueca::cpu {

// y = a + b.
void add_forward(Stream&, In<1> a, In<1> b, Out<1> y) {
  parallel_for(y.size(), kGrain, [&](Index begin, Index end) {
    const float* __restrict pa = a.data;
    const float* __restrict pb = b.data;
    float* __restrict py = y.data;
    for (Index i = begin; i < end; ++i) py[i] = pa[i] + pb[i];
  });
}

// y = value everywhere.
void fill(Stream&, Out<1> y, float value) {
  parallel_for(y.size(), kGrain, [&](Index begin, Index end) { std::fill(y.data + begin, y.data + end, value); });
}

// y = x * s * factor, where s is a single number in memory; y may be x.
void scale(Stream&, In<1> x, In<1> s, float factor, Out<1> y) {
  const float by = *s.data;
  parallel_for(y.size(), kGrain, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) y.data[i] = x.data[i] * by * factor;
  });
}

// y moves by the fraction t towards x.
void lerp(Stream&, In<1> x, Out<1> y, float t) {
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

// The mean of all elements, summed in double strip by strip.
void mean_forward(Stream&, In<1> x, Out<1> y) {
  const double sum = total_sum(x.size(), [&](Index begin, Index end) {
    double s = 0;
#pragma omp simd reduction(+ : s)
    for (Index i = begin; i < end; ++i) s += static_cast<double>(x.data[i]);
    return s;
  });
  *y.data = static_cast<float>(sum / static_cast<double>(x.size()));
}

// The sum of all squares, in double strip by strip.
void sum_of_squares(Stream&, In<1> x, Out<1> y) {
  *y.data = static_cast<float>(total_sum(x.size(), [&](Index begin, Index end) {
    double s = 0;
#pragma omp simd reduction(+ : s)
    for (Index i = begin; i < end; ++i) s += static_cast<double>(x.data[i]) * static_cast<double>(x.data[i]);
    return s;
  }));
}

}  // namespace mueca::cpu
