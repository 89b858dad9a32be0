// Principal components: the directions of largest variance, exact to float32 and the same bits on any number of
// threads.
#pragma once
#include <vector>

#include "core/tensor.h"

namespace mueca {

struct Pca {
  Tensor mean;        // [D]
  Tensor components;  // [K, D], orthonormal rows by falling variance; the entry of largest magnitude positive
  std::vector<double> variance;  // [K], along each component, with N - 1
  double total_variance = 0;     // of all D columns together
};

// x [N, D], N >= 2, 1 <= components <= min(N, D). Directions beyond the rank of x are any that complete the basis;
// their variance is 0. Throws Error for other shapes, NaN and infinity.
Pca fit_pca(const Tensor& x, int components);

// (x - mean) components^T: x [N, D] -> [N, K].
Tensor project(const Pca& pca, const Tensor& x);

}  // namespace mueca
