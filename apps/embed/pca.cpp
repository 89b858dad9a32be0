#include "apps/embed/pca.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "apps/embed/eigen.h"
#include "apps/embed/matrix.h"
#include "core/parallel.h"

namespace mueca {
namespace {

// Sums over N of (x - mean)^T (x - mean), [D, D] in double: products of panels of columns in float32 for one chunk of
// rows at a time, only those on and above the diagonal; each is one thread's, so the bits do not depend on threads.
std::vector<double> scatter_matrix(View<const float, 2> x, const Tensor& mean) {
  constexpr Index kChunk = 8192, kPanel = 384;
  const Index n = x.extent[0], d = x.extent[1];
  const Index panels = (d + kPanel - 1) / kPanel, width = (d + panels - 1) / panels;
  const auto begin_of = [&](Index panel) { return std::min(d, panel * width); };
  std::vector<std::pair<Index, Index>> pairs;
  for (Index i = 0; i < panels; ++i)
    for (Index j = i; j < panels; ++j) pairs.emplace_back(i, j);
  std::vector<double> sums(static_cast<std::size_t>(d * d));
  std::vector<Tensor> centred(static_cast<std::size_t>(panels));  // [chunk, width] each
  for (Index row = 0; row < n; row += kChunk) {
    const Index count = std::min(kChunk, n - row);
    parallel_for(panels, 1, [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i)
        centred[static_cast<std::size_t>(i)] =
            centred_block(x, mean, row, count, begin_of(i), begin_of(i + 1) - begin_of(i));
    });
    parallel_for(std::ssize(pairs), 1, [&](Index begin, Index end) {
      for (Index at = begin; at < end; ++at) {
        const auto [i, j] = pairs[static_cast<std::size_t>(at)];
        const Tensor& left = centred[static_cast<std::size_t>(i)];
        const Tensor& right = centred[static_cast<std::size_t>(j)];
        const Tensor block = transposed_product(left, right);
        for (Index p = 0; p < block.extent(0); ++p) {
          const float* const from = block.data() + p * block.extent(1);
          double* const to = sums.data() + (begin_of(i) + p) * d + begin_of(j);
          for (Index q = 0; q < block.extent(1); ++q) to[q] += static_cast<double>(from[q]);
        }
      }
    });
  }
  for (Index i = 0; i < d; ++i)
    for (Index j = 0; j < i; ++j) sums[static_cast<std::size_t>(i * d + j)] = sums[static_cast<std::size_t>(j * d + i)];
  return sums;
}

}  // namespace

Pca fit_pca(const Tensor& x, int components) {
  const View<const float, 2> rows = check_matrix("pca", x);
  const Index n = rows.extent[0], d = rows.extent[1];
  check(n >= 2, "pca: needs at least 2 rows, got ", n);
  check(components >= 1 && components <= std::min(n, d),
        "pca: components must be from 1 to min(N, D) = ", std::min(n, d), ", got ", components);
  Pca pca;
  pca.mean = column_means(rows);
  std::vector<double> covariance = scatter_matrix(rows, pca.mean);
  for (double& c : covariance) c /= static_cast<double>(n - 1);
  for (Index i = 0; i < d; ++i) pca.total_variance += covariance[static_cast<std::size_t>(i * d + i)];
  EigenPairs pairs = largest_eigenpairs(covariance, d, components);
  pca.components = Tensor({components, d});
  for (Index i = 0; i < components; ++i) {
    const double* const v = pairs.vectors.data() + i * d;
    const double* const largest =
        std::max_element(v, v + d, [](double a, double b) { return std::fabs(a) < std::fabs(b); });
    const double sign = *largest < 0 ? -1 : 1;
    for (Index j = 0; j < d; ++j) pca.components.data()[i * d + j] = static_cast<float>(sign * v[j]);
    pca.variance.push_back(std::max(0.0, pairs.values[static_cast<std::size_t>(i)]));
  }
  return pca;
}

Tensor project(const Pca& pca, const Tensor& x) {
  constexpr Index kRows = 1024;
  const View<const float, 2> rows = check_matrix("pca", x);
  const Index n = rows.extent[0], d = rows.extent[1], k = pca.components.extent(0);
  check(d == pca.components.extent(1), "pca: x must be [N, D=", pca.components.extent(1), "], got ", x.shape());
  Tensor turned({d, k}), y({n, k});
  for (Index i = 0; i < k; ++i)
    for (Index j = 0; j < d; ++j) turned.data()[j * k + i] = pca.components.data()[i * d + j];
  parallel_for((n + kRows - 1) / kRows, 1, [&](Index begin, Index end) {
    for (Index block = begin; block < end; ++block) {
      const Index first = block * kRows, count = std::min(kRows, n - first);
      const Tensor part = product(centred_block(rows, pca.mean, first, count, 0, d), turned);
      std::copy_n(part.data(), part.size(), y.data() + first * k);
    }
  });
  return y;
}

}  // namespace mueca
