#include "nn/ranking.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace mueca {

Ranking rank(std::span<const float> scores, const std::vector<bool>& positive) {
  check(scores.size() == positive.size(), "ranking: ", scores.size(), " scores for ", positive.size(), " labels");
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  Ranking r;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    check(std::isfinite(scores[i]), "ranking: score ", i, " is not finite");
    ++(positive[i] ? r.positives : r.negatives);
  }
  const double none = std::numeric_limits<double>::quiet_NaN();
  const auto all = static_cast<double>(r.positives), others = static_cast<double>(r.negatives);
  if (r.positives == 0) r.average_precision = none;
  if (r.positives == 0 || r.negatives == 0) r.area = none;
  double hit = 0, miss = 0, recall = 0, rate = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    (positive[order[i]] ? hit : miss) += 1;
    if (i + 1 < order.size() && scores[order[i + 1]] == scores[order[i]]) continue;
    r.threshold.push_back(scores[order[i]]);
    r.precision.push_back(hit / (hit + miss));
    r.recall.push_back(r.positives ? hit / all : none);
    r.false_positive_rate.push_back(r.negatives ? miss / others : none);
    r.average_precision += (r.recall.back() - recall) * r.precision.back();
    r.area += (r.false_positive_rate.back() - rate) * (r.recall.back() + recall) / 2;
    recall = r.recall.back(), rate = r.false_positive_rate.back();
  }
  return r;
}

Ranking rank_class(const Tensor& probabilities, std::span<const std::int32_t> labels, int k) {
  check(probabilities.defined() && probabilities.shape().rank() == 2 && k >= 0 && k < probabilities.extent(1) &&
            probabilities.extent(0) == static_cast<Index>(labels.size()),
        "ranking: class ", k, " of ", labels.size(), " labels");
  const std::vector<float> p = probabilities.to_vector();
  const auto classes = static_cast<std::size_t>(probabilities.extent(1));
  std::vector<float> scores;
  std::vector<bool> positive;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    scores.push_back(p[i * classes + static_cast<std::size_t>(k)]);
    positive.push_back(labels[i] == k);
  }
  return rank(scores, positive);
}

}  // namespace mueca
