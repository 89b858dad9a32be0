#include "apps/embed/pca.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "apps/embed/eigen.h"
#include "apps/embed/testing.h"
#include "core/parallel.h"

namespace mueca {
namespace {

// The covariance with everything in double, two passes.
std::vector<double> covariance(const Tensor& x) {
  const Index n = x.extent(0), d = x.extent(1);
  std::vector<double> mean(static_cast<std::size_t>(d)), c(static_cast<std::size_t>(d * d));
  const auto at = [&](Index i, Index j) { return static_cast<double>(x.data()[i * d + j]); };
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < d; ++j) mean[static_cast<std::size_t>(j)] += at(i, j) / static_cast<double>(n);
  for (Index i = 0; i < n; ++i)
    for (Index p = 0; p < d; ++p)
      for (Index q = 0; q < d; ++q)
        c[static_cast<std::size_t>(p * d + q)] += (at(i, p) - mean[static_cast<std::size_t>(p)]) *
                                                  (at(i, q) - mean[static_cast<std::size_t>(q)]) /
                                                  static_cast<double>(n - 1);
  return c;
}

// Columns with falling spread, each mixed with its neighbour, and a large mean.
Tensor graded_matrix(Index n, Index d, Index rank) {
  const Tensor z = random_matrix(n, rank), u = random_matrix(rank, d, 2);
  Tensor x({n, d});
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < d; ++j) {
      double sum = 100;
      for (Index c = 0; c < rank; ++c)
        sum += static_cast<double>(z.data()[i * rank + c] * u.data()[c * d + j]) * 10 / static_cast<double>(1 + c);
      x.data()[i * d + j] = static_cast<float>(sum);
    }
  return x;
}

void expect_orthonormal(const Tensor& rows) {
  const Index k = rows.extent(0), d = rows.extent(1);
  for (Index i = 0; i < k; ++i)
    for (Index j = 0; j <= i; ++j) {
      double dot = 0;
      for (Index l = 0; l < d; ++l)
        dot += static_cast<double>(rows.data()[i * d + l]) * static_cast<double>(rows.data()[j * d + l]);
      EXPECT_NEAR(dot, i == j, 1e-6) << i << " " << j;
    }
}

void expect_like_jacobi(const Tensor& x, int k) {
  const Index d = x.extent(1);
  const Pca pca = fit_pca(x, k);
  const EigenPairs expected = jacobi_eigenpairs(covariance(x), d);
  double total = 0;
  for (const double v : expected.values) total += v;
  EXPECT_NEAR(pca.total_variance / total, 1, 1e-6);
  ASSERT_EQ(std::ssize(pca.variance), k);
  expect_orthonormal(pca.components);
  for (Index i = 0; i < k; ++i) {
    const double value = expected.values[static_cast<std::size_t>(i)];
    EXPECT_NEAR(pca.variance[static_cast<std::size_t>(i)], value, 2e-6 * expected.values[0]) << i;
    double dot = 0, largest = 0;
    for (Index j = 0; j < d; ++j) {
      const auto c = static_cast<double>(pca.components.data()[i * d + j]);
      dot += c * expected.vectors[static_cast<std::size_t>(i * d + j)];
      if (std::fabs(c) > std::fabs(largest)) largest = c;
    }
    EXPECT_GT(largest, 0) << "the largest entry is positive";
    const double gap = std::min(i > 0 ? expected.values[static_cast<std::size_t>(i - 1)] - value : 1e30,
                                i + 1 < d ? value - expected.values[static_cast<std::size_t>(i + 1)] : 1e30);
    if (gap > 1e-3 * expected.values[0]) {
      EXPECT_NEAR(std::fabs(dot), 1, 1e-6) << i;
    }
  }
}

TEST(Pca, MatchesJacobiInDouble) {
  expect_like_jacobi(graded_matrix(60, 12, 12), 12);    // all components, by Jacobi itself
  expect_like_jacobi(graded_matrix(400, 150, 40), 10);  // subspace iteration
  expect_like_jacobi(graded_matrix(500, 340, 30), 6);   // two panels of columns
}

TEST(Pca, TakesMatricesWithoutFullRank) {
  expect_like_jacobi(graded_matrix(200, 130, 3), 5);  // rank 3
  expect_like_jacobi(graded_matrix(8, 130, 20), 8);   // fewer rows than columns: rank 7
  Tensor constant = Tensor::full({20, 110}, 3.5f);
  const Pca pca = fit_pca(constant, 4);
  expect_orthonormal(pca.components);
  for (const double v : pca.variance) EXPECT_EQ(v, 0);
  EXPECT_EQ(pca.total_variance, 0);
  const Tensor y = project(pca, constant);
  for (const float v : y.span()) EXPECT_EQ(v, 0);
}

TEST(Pca, ProjectionsHaveTheVariances) {
  const Tensor x = graded_matrix(300, 120, 20);
  const Pca pca = fit_pca(x, 5);
  const Tensor y = project(pca, x);
  for (Index c = 0; c < 5; ++c) {
    double mean = 0, square = 0;
    for (Index i = 0; i < 300; ++i) mean += static_cast<double>(y.data()[i * 5 + c]) / 300;
    for (Index i = 0; i < 300; ++i) square += std::pow(static_cast<double>(y.data()[i * 5 + c]) - mean, 2) / 299;
    EXPECT_NEAR(mean, 0, 1e-3);
    EXPECT_NEAR(square / pca.variance[static_cast<std::size_t>(c)], 1, 1e-5);
  }
}

TEST(Pca, GivesTheSameBytesOnAnyNumberOfThreads) {
  const Tensor x = graded_matrix(2500, 400, 60);
  const int before = thread_count();
  std::vector<Tensor> components, projected;
  for (const int threads : {1, 2, 3}) {
    set_thread_count(threads);
    const Pca pca = fit_pca(x, 8);
    components.push_back(pca.components);
    projected.push_back(project(pca, x));
  }
  set_thread_count(before);
  for (std::size_t i = 1; i < 3; ++i) {
    EXPECT_EQ(components[0].to_vector(), components[i].to_vector());
    EXPECT_EQ(projected[0].to_vector(), projected[i].to_vector());
  }
}

std::string refusal(const Tensor& x, int k) {
  try {
    fit_pca(x, k);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(Pca, SaysWhatIsWrong) {
  Tensor x = random_matrix(10, 4);
  EXPECT_EQ(refusal(x, 5), "pca: components must be from 1 to min(N, D) = 4, got 5");
  EXPECT_EQ(refusal(x, 0), "pca: components must be from 1 to min(N, D) = 4, got 0");
  EXPECT_EQ(refusal(random_matrix(1, 4), 1), "pca: needs at least 2 rows, got 1");
  EXPECT_NE(refusal(Tensor({4}), 1).find("[N, D]"), std::string::npos);
  x.data()[9] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(refusal(x, 2), "pca: x must hold finite numbers up to 1e+15, got nan in row 2, column 1");
  const Pca pca = fit_pca(random_matrix(10, 4), 2);
  EXPECT_THROW(project(pca, random_matrix(10, 5)), Error);
}

TEST(Eigen, JacobiAndSubspaceIterationAgree) {
  constexpr Index kN = 140;
  const Tensor v = random_matrix(kN, kN);
  std::vector<double> a(kN * kN);  // v v^T: positive semi-definite, eigenvalues close to each other
  for (Index i = 0; i < kN; ++i)
    for (Index j = 0; j < kN; ++j)
      for (Index l = 0; l < kN; ++l)
        a[static_cast<std::size_t>(i * kN + j)] +=
            static_cast<double>(v.data()[i * kN + l]) * static_cast<double>(v.data()[j * kN + l]);
  const EigenPairs all = jacobi_eigenpairs(a, kN), few = largest_eigenpairs(a, kN, 7);
  for (std::size_t i = 0; i < 7; ++i) {
    EXPECT_NEAR(few.values[i] / all.values[i], 1, 1e-10);
    double dot = 0;
    for (std::size_t j = 0; j < kN; ++j) dot += few.vectors[i * kN + j] * all.vectors[i * kN + j];
    EXPECT_NEAR(std::fabs(dot), 1, 1e-8);
  }
}

}  // namespace
}  // namespace mueca
