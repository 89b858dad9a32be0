// How well a class's probability ranks its images before all others, whatever the threshold.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/tensor.h"

namespace mueca {

// One-vs-rest curves: a point per distinct score, the largest first, as scikit-learn has them: everything with at least
// this score is called positive. Images with equal scores share a point.
struct Ranking {
  std::int64_t positives = 0, negatives = 0;
  std::vector<double> threshold, precision, recall, false_positive_rate;  // recall is ROC's true positive rate
  double average_precision = 0;  // sum of (recall_i - recall_(i-1)) precision_i; NaN without positives
  double area = 0;               // under the ROC curve from (0, 0), by trapezoids; NaN without one of the two
};

// Throws Error for scores that are not finite.
Ranking rank(std::span<const float> scores, const std::vector<bool>& positive);

// Of class k: column k of probabilities [N, K].
Ranking rank_class(const Tensor& probabilities, std::span<const std::int32_t> labels, int k);

}  // namespace mueca
