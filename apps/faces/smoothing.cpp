#include "apps/faces/smoothing.h"

#include <algorithm>

#include "core/error.h"

namespace mueca {

const Expression& SmoothedExpression::update(const Expression& now, const SmoothingRule& rule, float calibrated) {
  auto& p = value_.probability;
  check(p.empty() || p.size() == now.probability.size(), "smoothing: ", now.probability.size(), " classes after ",
        p.size());
  if (p.empty()) value_ = now;
  for (std::size_t k = 0; k < p.size(); ++k) p[k] += rule.alpha * (now.probability[k] - p[k]);
  const auto best = std::max_element(p.begin(), p.end());
  if (*best > p[static_cast<std::size_t>(value_.label)] + rule.margin)
    value_.label = static_cast<int>(best - p.begin());
  value_.uncertain = *best < (rule.threshold < 0 ? calibrated : rule.threshold);
  return value_;
}

}  // namespace mueca
