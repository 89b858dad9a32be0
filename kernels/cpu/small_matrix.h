// Products with matrices that stay in cache, one row at a time: each row's sums have one order, whoever computes it.
#pragma once
#include <algorithm>
#include <vector>

#include "core/kernel_list.h"
#include "kernels/cpu/strips.h"

namespace mueca::cpu {

// out[j] = start[j] + sum over i of in[i] * w[i, j], four rows of w at a time.
inline void row_times_matrix(const float* in, In<2> w, const float* start, float* out) {
  const Index rows = w.extent[0], columns = w.extent[1];
  std::copy_n(start, columns, out);
  Index i = 0;
  for (; i + 4 <= rows; i += 4) {
    const float *a = w.data + i * columns, *b = a + columns, *c = b + columns, *d = c + columns;
    const float fa = in[i], fb = in[i + 1], fc = in[i + 2], fd = in[i + 3];
#pragma omp simd
    for (Index j = 0; j < columns; ++j) out[j] += (fa * a[j] + fb * b[j]) + (fc * c[j] + fd * d[j]);
  }
  for (; i < rows; ++i) {
    const float* a = w.data + i * columns;
    const float fa = in[i];
#pragma omp simd
    for (Index j = 0; j < columns; ++j) out[j] += fa * a[j];
  }
}

// w [rows, columns] as [columns, rows].
inline std::vector<float> transposed(In<2> w) {
  std::vector<float> t(static_cast<std::size_t>(w.size()));
  for (Index i = 0; i < w.extent[0]; ++i)
    for (Index j = 0; j < w.extent[1]; ++j)
      t[static_cast<std::size_t>(j * w.extent[0] + i)] = w.data[i * w.extent[1] + j];
  return t;
}

}  // namespace mueca::cpu
