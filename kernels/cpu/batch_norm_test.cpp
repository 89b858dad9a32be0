// Batch norm where single precision is in danger: a mean far from zero, an outlier, very few rows.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/kernel_list.h"
#include "core/random.h"

namespace mueca {
namespace {

struct Norm {
  std::vector<float> x, y, mean, variance;
};

// Normalises x [rows, columns] with gamma 1, beta 0, epsilon 0.
Norm normalise(std::vector<float> x, std::int64_t rows, std::int64_t columns) {
  const auto c = static_cast<std::size_t>(columns);
  Norm n{x, std::vector<float>(x.size()), std::vector<float>(c), std::vector<float>(c)};
  const std::vector<float> gamma(c, 1), beta(c, 0);
  Stream stream;
  cpu::batch_norm_forward(stream, {n.x.data(), {rows, columns}}, {gamma.data(), {columns}}, {beta.data(), {columns}},
                          {}, {n.y.data(), {rows, columns}}, {n.mean.data(), {columns}}, {n.variance.data(), {columns}},
                          {}, {}, 0, {0, Activation::none});
  return n;
}

// Compares mean, variance and y with the same in long double, column by column.
void expect_exact(const Norm& n, std::int64_t rows, std::int64_t columns, long double tolerance) {
  for (std::int64_t c = 0; c < columns; ++c) {
    const auto x = [&](std::int64_t r) {
      return static_cast<long double>(n.x[static_cast<std::size_t>(r * columns + c)]);
    };
    long double mean = 0, variance = 0;
    for (std::int64_t r = 0; r < rows; ++r) mean += x(r) / static_cast<long double>(rows);
    for (std::int64_t r = 0; r < rows; ++r) variance += (x(r) - mean) * (x(r) - mean) / static_cast<long double>(rows);
    const auto i = static_cast<std::size_t>(c);
    ASSERT_NEAR(n.mean[i], mean, 6e-8L * std::abs(mean) + 0.1L * tolerance * std::sqrt(variance)) << "column " << c;
    ASSERT_NEAR(n.variance[i] / variance, 1, tolerance) << "column " << c;
    for (std::int64_t r = 0; r < rows; ++r) {
      const long double y = (x(r) - mean) / std::sqrt(variance);
      ASSERT_NEAR(n.y[static_cast<std::size_t>(r * columns + c)], y, tolerance * (1 + std::abs(y))) << r << ", " << c;
    }
  }
}

std::vector<float> normals(std::int64_t count, float mean, float deviation) {
  Random random({3, RandomStream::test});
  std::vector<float> x(static_cast<std::size_t>(count));
  for (float& v : x) v = mean + deviation * random.normal();
  return x;
}

TEST(BatchNorm, MeanThousandDeviationOne) {
  for (std::int64_t columns : {1, 3, 16, 24, 64, 130}) {
    SCOPED_TRACE(columns);
    expect_exact(normalise(normals(5000 * columns, 1000, 1), 5000, columns), 5000, columns, 2e-6L);
  }
}

TEST(BatchNorm, OneOutlierAtTheStart) {
  std::vector<float> x = normals(4000 * 16, 0, 1);
  x[5] = 3e4f;
  expect_exact(normalise(x, 4000, 16), 4000, 16, 4e-6L);
}

TEST(BatchNorm, DriftFromRowToRow) {
  std::vector<float> x = normals(20000 * 8, 0, 1e-2f);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += static_cast<float>(i / 8) * 0.01f;
  expect_exact(normalise(x, 20000, 8), 20000, 8, 4e-6L);
}

TEST(BatchNorm, TwoRowsManyColumns) { expect_exact(normalise(normals(2 * 1280, 5, 2), 2, 1280), 2, 1280, 2e-6L); }

TEST(BatchNorm, OneRowHasNoVariance) {
  const Norm n = normalise({4, -3, 0}, 1, 3);
  EXPECT_EQ(n.mean, (std::vector<float>{4, -3, 0}));
  EXPECT_EQ(n.variance, (std::vector<float>{0, 0, 0}));
}

TEST(BatchNorm, NoRows) {
  const Norm n = normalise({}, 0, 4);
  EXPECT_EQ(n.mean, std::vector<float>(4, 0.0f));
}

}  // namespace
}  // namespace mueca
