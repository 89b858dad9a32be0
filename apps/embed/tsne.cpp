#include "apps/embed/tsne.h"

#include <algorithm>
#include <cmath>

#include "apps/embed/gradient.h"
#include "apps/embed/matrix.h"
#include "apps/embed/pca.h"
#include "core/parallel.h"
#include "core/random.h"

namespace mueca {
namespace {

constexpr int kPreserved = 10;
constexpr std::size_t kFewPoints = 1500;  // up to here all pairs are faster than the grid

void check_options(const TsneOptions& o, Index n) {
  check(o.perplexity > 1 && std::isfinite(o.perplexity), "t-SNE: perplexity must be above 1, got ", o.perplexity);
  check(static_cast<double>(n) >= 3 * o.perplexity + 1, "t-SNE: perplexity ", o.perplexity, " needs at least ",
        std::ceil(3 * o.perplexity + 1), " rows (3 * perplexity + 1), got ", n, "; choose a perplexity of at most ",
        static_cast<double>(n - 1) / 3);
  check(o.iterations >= 1, "t-SNE: iterations must be at least 1, got ", o.iterations);
  check(o.exaggeration_iterations >= 0, "t-SNE: exaggeration_iterations must not be negative, got ",
        o.exaggeration_iterations);
  check(o.exaggeration >= 1 && std::isfinite(o.exaggeration), "t-SNE: exaggeration must be at least 1, got ",
        o.exaggeration);
  check(o.learning_rate >= 0 && std::isfinite(o.learning_rate),
        "t-SNE: learning_rate must be positive, or 0 to choose, got ", o.learning_rate);
}

// The first two principal components with a standard deviation of 1e-4, and jitter that parts duplicates.
Plane initial_points(const Tensor& x, std::uint64_t seed) {
  const Index n = x.extent(0), k = std::min<Index>(2, x.extent(1));
  const Pca pca = fit_pca(x, static_cast<int>(k));
  const Tensor start = project(pca, x);
  const double spread = std::sqrt(pca.variance[0]);
  const float scale = spread > 0 ? static_cast<float>(1e-4 / spread) : 0;
  Plane points(static_cast<std::size_t>(n));
  Random random({seed, RandomStream::init});
  for (Index i = 0; i < n; ++i) {
    points.x[static_cast<std::size_t>(i)] = scale * start.data()[i * k] + 1e-6f * random.normal();
    points.y[static_cast<std::size_t>(i)] = (k > 1 ? scale * start.data()[i * k + 1] : 0) + 1e-6f * random.normal();
  }
  return points;
}

// Gradient descent with momentum and a gain per coordinate (Jacobs 1988, as van der Maaten uses it). The factor 4 of
// the gradient is left to the learning rate, as in the reference implementations.
class Descent {
 public:
  Descent(const Affinities& p, Plane start, Device device)
      : p_(p),
        attraction_(p, device),
        device_(device),
        points_(std::move(start)),
        pull_(points_.size()),
        push_(points_.size()),
        step_(points_.size()),
        gain_(points_.size()) {
    std::ranges::fill(gain_.x, 1.0f), std::ranges::fill(gain_.y, 1.0f);
  }

  void advance(float exaggeration, float rate, float momentum) {
    attraction_(points_, pull_);
    const auto scale = static_cast<float>(1 / repel());
    move(pull_.x, push_.x, exaggeration, scale, rate, momentum, points_.x, step_.x, gain_.x);
    move(pull_.y, push_.y, exaggeration, scale, rate, momentum, points_.y, step_.y, gain_.y);
  }

  double kl() { return divergence(p_, points_, repel()); }
  const Plane& points() const { return points_; }

 private:
  double repel() {
    const bool all_pairs = device_ != Device::cpu || points_.size() <= kFewPoints;
    return all_pairs ? exact_repulsion(points_, push_, device_) : grid_(points_, push_);
  }

  static void move(std::span<const float> pull, std::span<const float> push, float exaggeration, float scale,
                   float rate, float momentum, std::span<float> at, std::span<float> step, std::span<float> gain) {
    constexpr float kLeastGain = 0.01f, kLongest = 5;
    const auto n = std::ssize(at);
    double sum = 0;
    for (Index begin = 0; begin < n; begin += 4096) {
      float part = 0;
#pragma omp simd reduction(+ : part)
      for (Index i = begin; i < std::min(n, begin + 4096); ++i) {
        const auto j = static_cast<std::size_t>(i);
        const float gradient = exaggeration * pull[j] - scale * push[j];
        const float grown = gradient * step[j] > 0 ? gain[j] * 0.8f : gain[j] + 0.2f;
        gain[j] = grown < kLeastGain ? kLeastGain : grown;
        float s = momentum * step[j] - rate * gain[j] * gradient;
        s = s > kLongest ? kLongest : s;
        step[j] = s < -kLongest ? -kLongest : s;
        at[j] += step[j];
        part += at[j];
      }
      sum += static_cast<double>(part);
    }
    const auto mean = static_cast<float>(sum / static_cast<double>(n));
    check(std::isfinite(mean), "t-SNE: the embedding diverged; use a smaller learning rate");
#pragma omp simd
    for (Index i = 0; i < n; ++i) at[static_cast<std::size_t>(i)] -= mean;
  }

  const Affinities& p_;
  Attraction attraction_;
  Device device_;
  Plane points_, pull_, push_, step_, gain_;
  GridRepulsion grid_;
};

}  // namespace

TsneResult tsne(const Tensor& x, const TsneOptions& options) {
  constexpr int kEvery = 50;
  check_matrix("t-SNE", x);
  const Index n = x.extent(0);
  check_options(options, n);
  TsneResult result;
  result.neighbours = static_cast<int>(3 * options.perplexity);
  result.preservation_neighbours = static_cast<int>(std::min<Index>(kPreserved, n - 1));
  const int wanted = std::max(result.neighbours, result.preservation_neighbours);
  const Neighbours near = nearest_neighbours(x, wanted);
  const Neighbours close = first_neighbours(near, result.neighbours);
  const Affinities p = symmetric_affinities(close, conditional_affinities(close, options.perplexity));
  Descent descent(p, initial_points(x, options.seed), options.device);
  const double rate = options.learning_rate > 0 ? options.learning_rate
                                                : std::max(200.0, static_cast<double>(n) / options.exaggeration);
  for (int i = 0; i < options.iterations; ++i) {
    const bool early = i < options.exaggeration_iterations;
    descent.advance(early ? static_cast<float>(options.exaggeration) : 1.0f, static_cast<float>(rate),
                    early ? 0.5f : 0.8f);
    result.iterations = i + 1;
    const bool last = i + 1 == options.iterations;
    if (!last && (!options.progress || (i + 1) % kEvery != 0)) continue;
    result.kl = descent.kl();
    if (options.progress && !options.progress({i + 1, options.iterations, result.kl})) break;
  }
  result.y = Tensor({n, 2});
  for (Index i = 0; i < n; ++i) {
    result.y.data()[2 * i] = descent.points().x[static_cast<std::size_t>(i)];
    result.y.data()[2 * i + 1] = descent.points().y[static_cast<std::size_t>(i)];
  }
  const int k = result.preservation_neighbours;
  result.preservation = neighbour_preservation(near, nearest_neighbours(result.y, k), k);
  return result;
}

}  // namespace mueca
