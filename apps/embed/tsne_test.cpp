#include "apps/embed/tsne.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "apps/embed/gradient.h"
#include "apps/embed/testing.h"
#include "core/parallel.h"

namespace mueca {
namespace {

Plane random_points(std::size_t n, float width, std::uint64_t seed = 1) {
  Random random({seed, RandomStream::test});
  Plane p(n);
  for (std::size_t i = 0; i < n; ++i) p.x[i] = width * random.normal(), p.y[i] = width * random.normal();
  return p;
}

double distance(const Plane& p, std::size_t i, std::size_t j) {  // squared
  return std::pow(static_cast<double>(p.x[i]) - static_cast<double>(p.x[j]), 2) +
         std::pow(static_cast<double>(p.y[i]) - static_cast<double>(p.y[j]), 2);
}

TEST(Affinities, HaveTheWantedPerplexity) {
  const Tensor x = clustered_matrix(400, 10, 4, 6);
  const Neighbours near = nearest_neighbours(x, 90);
  for (const double perplexity : {2.0, 5.0, 30.0, 80.0}) {
    const auto p = conditional_affinities(near, perplexity);
    for (std::size_t i = 0; i < 400; ++i) {
      double sum = 0, entropy = 0;
      for (std::size_t j = 0; j < 90; ++j) {
        const auto v = static_cast<double>(p[i * 90 + j]);
        sum += v, entropy -= v > 0 ? v * std::log(v) : 0;
        EXPECT_LE(p[i * 90 + j], p[i * 90 + (j > 0 ? j - 1 : 0)]);
      }
      EXPECT_NEAR(sum, 1, 1e-5);
      EXPECT_NEAR(std::exp(entropy), perplexity, 1e-4 * perplexity);
    }
  }
  EXPECT_THROW(conditional_affinities(near, 90), Error);
  EXPECT_THROW(conditional_affinities(near, 1), Error);
}

TEST(Affinities, SurviveZeroDistances) {
  //                                        five copies, more than the perplexity; all the same; two copies and others
  Neighbours near{
      6, std::vector<std::int32_t>(18, 0), {0, 0, 0, 0, 0, 4, 2, 2, 2, 2, 2, 2, 0, 0, 1, 1e-8f, 1e8f, 1e9f}};
  std::sort(near.squared_distance.begin() + 12, near.squared_distance.end());
  const auto p = conditional_affinities(near, 2.5);
  for (std::size_t j = 0; j < 5; ++j) EXPECT_NEAR(p[j], 0.2f, 1e-6f);
  EXPECT_NEAR(p[5], 0, 1e-6f);
  for (std::size_t j = 6; j < 12; ++j) EXPECT_NEAR(p[j], 1.0f / 6, 1e-6f);
  double entropy = 0;
  for (std::size_t j = 12; j < 18; ++j)
    entropy -= p[j] > 0 ? static_cast<double>(p[j]) * std::log(static_cast<double>(p[j])) : 0;
  EXPECT_NEAR(std::exp(entropy), 2.5, 1e-3);
}

TEST(Affinities, AreSymmetricAndSumToOne) {
  const Tensor x = random_matrix(200, 5);
  const Neighbours near = nearest_neighbours(x, 12);
  const auto conditional = conditional_affinities(near, 4);
  std::vector<double> dense(200 * 200), expected(200 * 200);
  for (std::size_t e = 0; e < conditional.size(); ++e) {
    const std::size_t i = e / 12, j = static_cast<std::size_t>(near.index[e]);
    expected[i * 200 + j] += static_cast<double>(conditional[e]) / 400;
    expected[j * 200 + i] += static_cast<double>(conditional[e]) / 400;
  }
  const Affinities p = symmetric_affinities(near, conditional);
  double sum = 0;
  for (std::size_t i = 0; i < 200; ++i)
    for (auto e = static_cast<std::size_t>(p.start[i]); e < static_cast<std::size_t>(p.start[i + 1]); ++e) {
      dense[i * 200 + static_cast<std::size_t>(p.column[e])] += static_cast<double>(p.p[e]);
      sum += static_cast<double>(p.p[e]);
      const bool last = e + 1 == static_cast<std::size_t>(p.start[i + 1]) || p.p[e + 1] == 0;
      EXPECT_TRUE(last || p.column[e] < p.column[e + 1]);
    }
  EXPECT_NEAR(sum, 1, 1e-6);
  for (std::size_t at = 0; at < dense.size(); ++at) EXPECT_NEAR(dense[at], expected[at], 1e-9);
}

// The sums of repulsion.h, in double.
double naive_repulsion(const Plane& p, std::vector<double>& x, std::vector<double>& y) {
  double z = 0;
  x.assign(p.size(), 0), y.assign(p.size(), 0);
  for (std::size_t i = 0; i < p.size(); ++i)
    for (std::size_t j = 0; j < p.size(); ++j) {
      if (i == j) continue;
      const double q = 1 / (1 + distance(p, i, j));
      z += q;
      x[i] += q * q * (static_cast<double>(p.x[i]) - static_cast<double>(p.x[j]));
      y[i] += q * q * (static_cast<double>(p.y[i]) - static_cast<double>(p.y[j]));
    }
  return z;
}

// Root of the mean squared error over that of the values.
double relative_error(std::span<const float> a, const std::vector<double>& b) {
  double error = 0, size = 0;
  for (std::size_t i = 0; i < b.size(); ++i)
    error += std::pow(static_cast<double>(a[i]) - b[i], 2), size += b[i] * b[i];
  return std::sqrt(error / size);
}

TEST(Repulsion, OverAllPairsMatchesDouble) {
  for (const float width : {1e-4f, 1.0f, 30.0f}) {
    const Plane points = random_points(700, width);
    Plane force(700);
    std::vector<double> x, y;
    const double z = naive_repulsion(points, x, y);
    EXPECT_NEAR(exact_repulsion(points, force) / z, 1, 1e-5);
    EXPECT_LT(relative_error(force.x, x), 1e-5);
    EXPECT_LT(relative_error(force.y, y), 1e-5);
  }
}

// The kernels of a GPU, run by the executor.
TEST(Forces, AreTheSameOnAnotherDevice) {
  const Neighbours near = nearest_neighbours(clustered_matrix(150, 6, 3, 5), 20);
  const Affinities p = symmetric_affinities(near, conditional_affinities(near, 6));
  const Plane points = random_points(150, 5);
  Plane pull(150), push(150), other_pull(150), other_push(150);
  Attraction{p}(points, pull);
  Attraction(p, Device::emulated)(points, other_pull);
  EXPECT_NEAR(exact_repulsion(points, other_push, Device::emulated) / exact_repulsion(points, push), 1, 1e-6);
  for (std::size_t i = 0; i < 150; ++i) {
    EXPECT_NEAR(pull.x[i], other_pull.x[i], 1e-7);
    EXPECT_NEAR(pull.y[i], other_pull.y[i], 1e-7);
    EXPECT_NEAR(push.x[i], other_push.x[i], 2e-5);
    EXPECT_NEAR(push.y[i], other_push.y[i], 2e-5);
  }
}

// Errors of the grid with nodes `spacing` apart: of Z, and of the forces.
std::pair<double, double> grid_errors(const Plane& points, float spacing) {
  Plane force(points.size());
  std::vector<double> x, y;
  const double z = naive_repulsion(points, x, y);
  GridRepulsion grid(spacing);
  const double sum = grid(points, force);
  return {std::fabs(sum / z - 1), std::max(relative_error(force.x, x), relative_error(force.y, y))};
}

TEST(Repulsion, ThroughTheGridMatchesAllPairs) {
  // Far apart, each point feels few others, and the error of the interpolation does not average out. (With three nodes
  // per box of width 1, as in Linderman et al., the errors are 0.012 and 0.042 at width 20, 0.085 and 0.040 at 60.)
  for (const float width : {1e-4f, 0.01f, 1.0f, 5.0f, 20.0f, 60.0f}) {
    const auto [z, force] = grid_errors(random_points(1200, width), 1.0f / 3);
    EXPECT_LT(z, width > 5 ? 4e-3 : 1e-4) << width;
    EXPECT_LT(force, width > 1 ? 8e-3 : 2e-5) << width;
  }
}

TEST(Repulsion, GridConvergesWithTheFourthPowerOfItsSpacing) {
  const Plane points = random_points(800, 12);
  const auto [coarse_z, coarse] = grid_errors(points, 0.4f);
  const auto [fine_z, fine] = grid_errors(points, 0.2f);
  EXPECT_GT(coarse_z / fine_z, 12);
  EXPECT_GT(coarse / fine, 12);
}

TEST(Repulsion, GridTakesEverySizeOfCloud) {
  for (float width = 3; width < 40; width *= 1.09f)
    EXPECT_LT(grid_errors(random_points(150, width), 0.25f).second, 5e-3);
}

TEST(Repulsion, GridTakesLinesAndSinglePlaces) {
  GridRepulsion grid;
  Plane line = random_points(300, 10), force(300);
  std::ranges::fill(line.y, 4.0f);
  std::vector<double> x, y;
  const double z = naive_repulsion(line, x, y);
  EXPECT_NEAR(grid(line, force) / z, 1, 4e-3);
  EXPECT_LT(relative_error(force.x, x), 8e-3);
  for (const float f : force.y) EXPECT_NEAR(f, 0, 1e-2f);
  for (const float at : {-2.0f, 0.0f, 1e4f}) {  // all in one place: every q is 1, no force
    std::ranges::fill(line.x, at);
    EXPECT_NEAR(grid(line, force), 300.0 * 299, 1);
    for (const float f : force.x) EXPECT_NEAR(f, 0, 1e-2f);
  }
}

TEST(Repulsion, DoesNotDependOnThreads) {
  const Plane points = random_points(3000, 15);
  const int before = thread_count();
  std::vector<Plane> forces;
  std::vector<double> sums;
  for (const int threads : {1, 2, 5}) {
    set_thread_count(threads);
    GridRepulsion grid;
    Plane force(3000);
    sums.push_back(grid(points, force));
    forces.push_back(force);
  }
  set_thread_count(before);
  for (std::size_t i = 1; i < 3; ++i) {
    EXPECT_EQ(sums[0], sums[i]);
    EXPECT_EQ(forces[0].both.to_vector(), forces[i].both.to_vector());
  }
}

// The divergence in double, for central differences.
double naive_divergence(const Affinities& p, const Plane& points, const std::vector<double>& x,
                        const std::vector<double>& y) {
  const std::size_t n = points.size();
  const auto q = [&](std::size_t i, std::size_t j) {
    return 1 / (1 + (x[i] - x[j]) * (x[i] - x[j]) + (y[i] - y[j]) * (y[i] - y[j]));
  };
  double z = 0, sum = 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) z += i == j ? 0 : q(i, j);
  for (std::size_t i = 0; i < n; ++i)
    for (auto e = static_cast<std::size_t>(p.start[i]); e < static_cast<std::size_t>(p.start[i + 1]); ++e) {
      const auto similarity = static_cast<double>(p.p[e]);
      if (similarity > 0) sum += similarity * std::log(similarity * z / q(i, static_cast<std::size_t>(p.column[e])));
    }
  return sum;
}

TEST(Gradient, IsThatOfTheDivergence) {
  const Tensor data = clustered_matrix(80, 6, 3, 5);
  const Neighbours near = nearest_neighbours(data, 20);
  const Affinities p = symmetric_affinities(near, conditional_affinities(near, 6));
  const Plane points = random_points(80, 3);
  std::vector<double> x(points.x.begin(), points.x.end()), y(points.y.begin(), points.y.end());
  Plane pull(80), push(80);
  Attraction{p}(points, pull);
  const double z = exact_repulsion(points, push);
  EXPECT_NEAR(divergence(p, points, z), naive_divergence(p, points, x, y), 1e-5);
  double largest = 0;
  for (std::size_t i = 0; i < 80; ++i)
    for (std::vector<double>* axis : {&x, &y}) {
      constexpr double kStep = 1e-4;
      const double at = (*axis)[i];
      (*axis)[i] = at + kStep;
      const double above = naive_divergence(p, points, x, y);
      (*axis)[i] = at - kStep;
      const double below = naive_divergence(p, points, x, y);
      (*axis)[i] = at;
      const double slope = (above - below) / (2 * kStep);
      const bool first = axis == &x;
      const double gradient = 4 * (static_cast<double>(first ? pull.x[i] : pull.y[i]) -
                                   static_cast<double>(first ? push.x[i] : push.y[i]) / z);
      EXPECT_NEAR(gradient, slope, 1e-6);
      largest = std::max(largest, std::fabs(slope));
    }
  EXPECT_GT(largest, 1e-3) << "the gradient must not vanish here";
}

TsneOptions quick(int iterations) {
  TsneOptions options;
  options.iterations = iterations;
  options.exaggeration_iterations = iterations / 4;
  options.perplexity = 12;
  return options;
}

TEST(Tsne, SeparatesClusters) {
  for (const Index n : {400, 1800}) {  // all pairs, and the grid
    const Tensor x = clustered_matrix(n, 12, 4, 16);
    const TsneResult result = tsne(x, quick(300));
    EXPECT_EQ(result.iterations, 300);
    EXPECT_EQ(result.neighbours, 36);
    std::vector<std::int32_t> label;
    for (Index i = 0; i < n; ++i) label.push_back(static_cast<std::int32_t>(i % 4));
    EXPECT_GT(knn_accuracy(nearest_neighbours(result.y, 5), label, 5), 0.98);
    EXPECT_GT(result.preservation, 0.25);
    EXPECT_GT(result.kl, 0.1);
  }
}

TEST(Tsne, LowersTheDivergence) {
  TsneOptions options = quick(400);
  std::vector<double> kl;
  std::vector<int> at;
  options.progress = [&](const TsneProgress& p) {
    EXPECT_EQ(p.iterations, 400);
    kl.push_back(p.kl), at.push_back(p.iteration);
    return true;
  };
  const TsneResult result = tsne(clustered_matrix(500, 10, 5, 8), options);
  EXPECT_EQ(at, (std::vector<int>{50, 100, 150, 200, 250, 300, 350, 400}));
  for (std::size_t i = 3; i < kl.size(); ++i) EXPECT_LT(kl[i], kl[i - 1] * 1.001);
  EXPECT_LT(kl.back(), 0.6 * kl.front());
  EXPECT_EQ(result.kl, kl.back());
}

TEST(Tsne, StopsWhenAsked) {
  TsneOptions options = quick(400);
  options.progress = [](const TsneProgress& p) { return p.iteration < 100; };
  const TsneResult result = tsne(random_matrix(100, 4), options);
  EXPECT_EQ(result.iterations, 100);
  EXPECT_TRUE(std::isfinite(result.kl));
}

TEST(Tsne, GivesTheSameBytesOnAnyNumberOfThreads) {
  const Tensor x = clustered_matrix(1700, 10, 5, 8);
  const int before = thread_count();
  std::vector<TsneResult> results;
  for (const int threads : {1, 3}) {
    set_thread_count(threads);
    results.push_back(tsne(x, quick(60)));
  }
  set_thread_count(before);
  EXPECT_EQ(results[0].y.to_vector(), results[1].y.to_vector());
  EXPECT_EQ(results[0].kl, results[1].kl);
}

TEST(Tsne, TakesDuplicatesConstantColumnsAndConstantRows) {
  Tensor x = random_matrix(300, 6);
  for (Index i = 0; i < 300; ++i) x.data()[i * 6 + 2] = 5;                    // a constant column
  for (Index i = 1; i < 60; ++i) std::copy_n(x.data(), 6, x.data() + i * 6);  // 60 copies, more than 3 * perplexity
  for (const Tensor& rows : {x, Tensor::full({100, 3}, 1.0f)}) {
    const TsneResult result = tsne(rows, quick(200));
    for (const float v : result.y.span()) EXPECT_TRUE(std::isfinite(v));
    EXPECT_TRUE(std::isfinite(result.kl));
  }
  EXPECT_NO_THROW(tsne(random_matrix(100, 1), quick(20)));  // one column
}

std::string refusal(const Tensor& x, const TsneOptions& options) {
  try {
    tsne(x, options);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(Tsne, SaysWhatIsWrong) {
  Tensor x = random_matrix(60, 3);
  TsneOptions options;
  EXPECT_EQ(refusal(x, options),
            "t-SNE: perplexity 30 needs at least 91 rows (3 * perplexity + 1), got 60; choose a perplexity of at most "
            "19.6667");
  options.perplexity = 1;
  EXPECT_EQ(refusal(x, options), "t-SNE: perplexity must be above 1, got 1");
  options = quick(10), options.learning_rate = -1;
  EXPECT_NE(refusal(x, options).find("learning_rate"), std::string::npos);
  options = quick(10), options.iterations = 0;
  EXPECT_NE(refusal(x, options).find("iterations"), std::string::npos);
  options = quick(10), options.exaggeration = 0.5;
  EXPECT_NE(refusal(x, options).find("exaggeration"), std::string::npos);
  x.data()[5] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(refusal(x, quick(10)), "t-SNE: x must hold finite numbers up to 1e+15, got nan in row 1, column 2");
}

}  // namespace
}  // namespace mueca
