// The largest eigenvalues of a symmetric matrix, in double.
#pragma once
#include <vector>

#include "core/shape.h"

namespace mueca {

struct EigenPairs {
  std::vector<double> values;   // [K], falling
  std::vector<double> vectors;  // [K, n], orthonormal rows; signs are arbitrary
};

// All pairs of a [n, n], by cyclic Jacobi rotations (Golub & Van Loan, 8.5). O(n^3) with a large constant: n <= 500.
EigenPairs jacobi_eigenpairs(std::vector<double> a, Index n);

// The k largest pairs of a positive semi-definite a [n, n], until |a v - lambda v| <= 1e-9 lambda_1 for each: subspace
// iteration with a Chebyshev filter (Zhou & Saad 2007) and Rayleigh-Ritz, from a fixed start. Throws Error if that is
// not reached.
EigenPairs largest_eigenpairs(const std::vector<double>& a, Index n, int k);

}  // namespace mueca
