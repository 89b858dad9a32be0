// Softmax over rows, and one-hot targets.
#include "core/kernel_list.h"
#include "kernels/cpu/exponential.h"
#include "kernels/cpu/strips.h"

namespace mueca::cpu {

// Each row: y = exp(x - max) / sum.
void softmax_forward(Stream&, In<2> x, Out<2> y) {
  const Index k = x.extent[1];
  parallel_for(x.extent[0], grain_of_rows(k * 16), [&](Index begin, Index end) {
    for (Index m = begin; m < end; ++m) {
      const float* __restrict in = x.data + m * k;
      float* __restrict out = y.data + m * k;
      float top = in[0], sum = 0;
#pragma omp simd reduction(max : top)
      for (Index i = 0; i < k; ++i) top = in[i] > top ? in[i] : top;
#pragma omp simd reduction(+ : sum)
      for (Index i = 0; i < k; ++i) sum += out[i] = exponential(in[i] - top);
      for (Index i = 0; i < k; ++i) out[i] /= sum;
    }
  });
}

// Each row: gx = y * (gy - sum(y * gy)).
void softmax_backward(Stream&, In<2> y, In<2> gy, Out<2> gx) {
  const Index k = y.extent[1];
  parallel_for(y.extent[0], grain_of_rows(k * 4), [&](Index begin, Index end) {
    for (Index m = begin; m < end; ++m) {
      const float *p = y.data + m * k, *g = gy.data + m * k;
      float dot = 0;
#pragma omp simd reduction(+ : dot)
      for (Index i = 0; i < k; ++i) dot += p[i] * g[i];
      for (Index i = 0; i < k; ++i) gx.data[m * k + i] = p[i] * (g[i] - dot);
    }
  });
}

// Rows with 1 - smoothing at the label and smoothing / K everywhere; zeros where the label is negative.
void one_hot(Stream&, Labels label, Out<2> t, float smoothing) {
  const Index k = t.extent[1];
  for (Index m = 0; m < t.extent[0]; ++m) {
    const Index hot = label.data[m];
    std::fill_n(t.data + m * k, k, hot < 0 ? 0 : smoothing / static_cast<float>(k));
    if (hot >= 0 && hot < k) t.data[m * k + hot] += 1 - smoothing;
  }
}

}  // namespace mueca::cpu
