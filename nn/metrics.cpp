#include "nn/metrics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace mueca {

ConfusionMatrix::ConfusionMatrix(int classes) : classes_(classes) {
  check(classes >= 1 && classes <= 10000, "confusion matrix: classes must be in [1, 10000], got ", classes);
  count_.resize(static_cast<std::size_t>(classes) * static_cast<std::size_t>(classes));
}

void ConfusionMatrix::add(int truth, int predicted) {
  const auto inside = [this](int c) { return c >= 0 && c < classes_; };
  check(inside(truth) && inside(predicted), "confusion matrix: classes are [0, ", classes_, "), got ", truth, " and ",
        predicted);
  ++count_[static_cast<std::size_t>(truth * classes_ + predicted)];
}

std::int64_t ConfusionMatrix::operator()(int truth, int predicted) const {
  return count_.at(static_cast<std::size_t>(truth * classes_ + predicted));
}

std::int64_t ConfusionMatrix::total() const { return std::accumulate(count_.begin(), count_.end(), std::int64_t{0}); }

std::int64_t ConfusionMatrix::correct() const {
  std::int64_t sum = 0;
  for (int c = 0; c < classes_; ++c) sum += (*this)(c, c);
  return sum;
}

namespace {

double ratio(std::int64_t a, std::int64_t b) { return b ? static_cast<double>(a) / static_cast<double>(b) : 0.0; }

}  // namespace

double ConfusionMatrix::accuracy() const { return ratio(correct(), total()); }

std::vector<ClassFigures> per_class(const ConfusionMatrix& matrix) {
  std::vector<ClassFigures> figures;
  for (int c = 0; c < matrix.classes(); ++c) {
    std::int64_t truth = 0, predicted = 0;
    for (int other = 0; other < matrix.classes(); ++other) truth += matrix(c, other), predicted += matrix(other, c);
    const std::int64_t hit = matrix(c, c);
    figures.push_back({ratio(hit, predicted), ratio(hit, truth), ratio(2 * hit, truth + predicted), truth});
  }
  return figures;
}

double macro_f1(const ConfusionMatrix& matrix) {
  double sum = 0;
  int seen = 0;
  const std::vector<ClassFigures> figures = per_class(matrix);
  for (int c = 0; c < matrix.classes(); ++c) {
    std::int64_t predicted = 0;
    for (int truth = 0; truth < matrix.classes(); ++truth) predicted += matrix(truth, c);
    if (figures[static_cast<std::size_t>(c)].support + predicted == 0) continue;
    sum += figures[static_cast<std::size_t>(c)].f1;
    ++seen;
  }
  return seen ? sum / seen : 0.0;
}

Interval wilson_interval(std::int64_t successes, std::int64_t n, double z) {
  check(successes >= 0 && successes <= n, "wilson_interval: ", successes, " successes of ", n);
  if (n == 0) return {};
  const double count = static_cast<double>(n), p = static_cast<double>(successes) / count, z2 = z * z;
  const double centre = (p + z2 / (2 * count)) / (1 + z2 / count);
  const double half = z / (1 + z2 / count) * std::sqrt(p * (1 - p) / count + z2 / (4 * count * count));
  return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

std::vector<int> argmax_rows(const Tensor& p) {
  check(p.defined() && p.shape().rank() == 2 && p.extent(1) > 0, "argmax_rows: expected [N, K]");
  const std::vector<float> value = p.to_vector();
  const auto k = static_cast<std::ptrdiff_t>(p.extent(1));
  std::vector<int> best;
  for (auto row = value.begin(); row != value.end(); row += k)
    best.push_back(static_cast<int>(std::max_element(row, row + k) - row));
  return best;
}

Reliability reliability(const Tensor& probabilities, std::span<const std::int32_t> labels, int bins) {
  check(bins >= 1, "calibration: bins must be at least 1, got ", bins);
  const std::vector<int> predicted = argmax_rows(probabilities);
  check(predicted.size() == labels.size(), "calibration: ", predicted.size(), " rows for ", labels.size(), " labels");
  const std::vector<float> value = probabilities.to_vector();
  const auto k = static_cast<std::size_t>(probabilities.extent(1));
  Reliability result{0, std::vector<ReliabilityBin>(static_cast<std::size_t>(bins))};
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const double confidence = value[i * k + static_cast<std::size_t>(predicted[i])];
    check(confidence >= 0 && confidence <= 1.0001, "calibration: row ", i, " is not a distribution, top ", confidence);
    const int b = std::clamp(static_cast<int>(std::ceil(confidence * bins)) - 1, 0, bins - 1);
    ReliabilityBin& bin = result.bins[static_cast<std::size_t>(b)];
    bin.confidence += confidence;
    bin.accuracy += predicted[i] == labels[i];
    ++bin.count;
  }
  for (ReliabilityBin& bin : result.bins) {
    if (bin.count == 0) continue;
    const auto n = static_cast<double>(bin.count);
    result.error += std::abs(bin.accuracy - bin.confidence) / static_cast<double>(labels.size());
    bin.confidence /= n;
    bin.accuracy /= n;
  }
  return result;
}

McNemar mcnemar(std::span<const std::int32_t> labels, std::span<const int> a, std::span<const int> b) {
  check(a.size() == labels.size() && b.size() == labels.size(), "mcnemar: ", labels.size(), " labels, but ", a.size(),
        " and ", b.size(), " predictions");
  McNemar result;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const bool right_a = a[i] == labels[i], right_b = b[i] == labels[i];
    result.only_a += right_a && !right_b;
    result.only_b += right_b && !right_a;
  }
  const std::int64_t n = result.only_a + result.only_b, less = std::min(result.only_a, result.only_b);
  if (n == 0) return result;
  const double gap = std::max(0.0, static_cast<double>(n - 2 * less) - 1);
  result.statistic = gap * gap / static_cast<double>(n);
  result.p_corrected = std::erfc(std::sqrt(result.statistic / 2));
  double tail = 0;  // P(X <= less), X binomial(n, 1/2)
  for (std::int64_t i = 0; i <= less; ++i) {
    const auto x = static_cast<double>(i), m = static_cast<double>(n);
    tail += std::exp(std::lgamma(m + 1) - std::lgamma(x + 1) - std::lgamma(m - x + 1) - m * std::log(2.0));
  }
  result.p_exact = std::min(1.0, 2 * tail);
  return result;
}

}  // namespace mueca
