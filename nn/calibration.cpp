#include "nn/calibration.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/ops.h"
#include "nn/metrics.h"

namespace mueca {
namespace {

constexpr double kColdest = 0.05, kHottest = 20;

void check_logits(const Tensor& logits, std::span<const std::int32_t> labels) {
  check(logits.defined() && logits.shape().rank() == 2 && logits.extent(0) == static_cast<Index>(labels.size()) &&
            !labels.empty(),
        "calibration: ", labels.size(), " labels, but logits ", logits.defined() ? logits.shape() : Shape{0});
  for (const std::int32_t label : labels)
    check(label >= 0 && label < logits.extent(1), "calibration: label ", label, " of ", logits.extent(1), " classes");
  for (const float x : logits.span()) check(std::isfinite(x), "calibration: a logit is not finite");
}

// The mean likelihood's negative logarithm at 1 / t = beta, with its first and second derivative by beta.
struct Curve {
  double value = 0, slope = 0, bend = 0;
};

Curve curve_at(const Tensor& logits, std::span<const std::int32_t> labels, double beta) {
  const auto classes = static_cast<std::size_t>(logits.extent(1));
  const auto all = logits.span();
  Curve sum;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto z = all.subspan(i * classes, classes);
    const double largest = *std::ranges::max_element(z);
    double total = 0, mean = 0, square = 0;  // of z - largest under the softmax
    for (const float x : z) {
      const double d = x - largest, p = std::exp(beta * d);
      total += p, mean += p * d, square += p * d * d;
    }
    mean /= total, square /= total;
    const double right = z[static_cast<std::size_t>(labels[i])] - largest;
    sum.value += std::log(total) - beta * right;
    sum.slope += mean - right;
    sum.bend += square - mean * mean;
  }
  const auto n = static_cast<double>(labels.size());
  return {sum.value / n, sum.slope / n, sum.bend / n};
}

}  // namespace

double fit_temperature(const Tensor& logits, std::span<const std::int32_t> labels) {
  check_logits(logits, labels);
  double low = 1 / kHottest, high = 1 / kColdest;  // the slope grows with beta
  if (curve_at(logits, labels, low).slope >= 0) return kHottest;
  if (curve_at(logits, labels, high).slope <= 0) return kColdest;
  double beta = 1;
  for (int i = 0; i < 200; ++i) {
    const Curve at = curve_at(logits, labels, beta);
    (at.slope < 0 ? low : high) = beta;
    const double step = at.bend > 0 ? beta - at.slope / at.bend : low;
    const double next = step > low && step < high ? step : (low + high) / 2;
    if (std::abs(next - beta) <= 1e-12 * beta) return 1 / next;
    beta = next;
  }
  return 1 / beta;
}

double negative_log_likelihood(const Tensor& logits, std::span<const std::int32_t> labels, double temperature) {
  check_logits(logits, labels);
  return curve_at(logits, labels, 1 / temperature).value;
}

Answered answered(const Tensor& probabilities, std::span<const std::int32_t> labels, double threshold) {
  check_logits(probabilities, labels);
  const auto predicted = argmax_rows(probabilities);
  const auto classes = static_cast<std::size_t>(probabilities.extent(1));
  double given = 0, right = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (probabilities.span()[i * classes + static_cast<std::size_t>(predicted[i])] < threshold) continue;
    ++given;
    right += predicted[i] == labels[i];
  }
  return {given / static_cast<double>(labels.size()), given > 0 ? right / given : 0};
}

double answer_threshold(const Tensor& probabilities, std::span<const std::int32_t> labels, double target) {
  check(target > 0 && target <= 1, "calibration: the target must be in (0, 1], got ", target);
  check_logits(probabilities, labels);
  const auto predicted = argmax_rows(probabilities);
  const auto classes = static_cast<std::size_t>(probabilities.extent(1));
  std::vector<std::pair<double, int>> answers;  // probability, right
  for (std::size_t i = 0; i < labels.size(); ++i)
    answers.emplace_back(probabilities.span()[i * classes + static_cast<std::size_t>(predicted[i])],
                         predicted[i] == labels[i]);
  std::ranges::sort(answers);
  auto right = std::accumulate(answers.begin(), answers.end(), std::int64_t{0},
                               [](std::int64_t sum, const auto& answer) { return sum + answer.second; });
  for (std::size_t i = 0; i < answers.size(); ++i) {  // answer all from i on, unless i - 1 is as probable
    const double before = i > 0 ? answers[i - 1].first : 0;
    if ((i == 0 || before < answers[i].first) &&
        static_cast<double>(right) >= target * static_cast<double>(answers.size() - i))
      return i == 0 ? 0 : (before + answers[i].first) / 2;
    right -= answers[i].second;
  }
  return 1;
}

Calibration fit_calibration(const Tensor& logits, std::span<const std::int32_t> labels, const std::string& split,
                            double target) {
  Calibration fitted;
  fitted.temperature = static_cast<float>(fit_temperature(logits, labels));
  fitted.threshold = static_cast<float>(answer_threshold(softmax(calibrated(logits, fitted)), labels, target));
  fitted.split = split;
  return fitted;
}

Tensor calibrated(const Tensor& logits, const Calibration& calibration) {
  Tensor out = logits.to(Device::cpu).clone();
  for (float& x : out.span()) x /= calibration.temperature;
  return out;
}

}  // namespace mueca
