// What this folder's tests share: matrices with known structure.
#pragma once
#include <cmath>
#include <vector>

#include "core/random.h"
#include "core/tensor.h"

namespace mueca {

inline Tensor random_matrix(Index n, Index d, std::uint64_t seed = 1) {
  Tensor x({n, d});
  Random random({seed, RandomStream::test});
  for (float& v : x.span()) v = random.normal();
  return x;
}

// `clusters` clouds of unit width whose centres lie about `apart` from each other; row i belongs to cloud i % clusters.
inline Tensor clustered_matrix(Index n, Index d, Index clusters, float apart, std::uint64_t seed = 1) {
  const Tensor centre = random_matrix(clusters, d, seed + 1000);
  Tensor x = random_matrix(n, d, seed);
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < d; ++j)
      x.data()[i * d + j] += apart * centre.data()[i % clusters * d + j] / std::sqrt(static_cast<float>(d));
  return x;
}

}  // namespace mueca
