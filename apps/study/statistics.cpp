#include "apps/study/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace mueca {

// 97.5 % points of Student's t for 1 to 30 degrees of freedom; beyond that the normal 1.96 is within 2 %.
constexpr double kStudent[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
                               2.201,  2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
                               2.080,  2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042};

Spread spread_of(std::span<const double> values) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  Spread out{static_cast<int>(values.size()), none, none, none, none};
  if (values.empty()) return out;
  const auto n = static_cast<double>(values.size());
  out.mean = 0;
  for (const double value : values) out.mean += value / n;
  out.low = out.high = out.mean;
  if (values.size() == 1) return out;
  double squares = 0;
  for (const double value : values) squares += (value - out.mean) * (value - out.mean);
  out.deviation = std::sqrt(squares / (n - 1));
  const std::size_t freedom = values.size() - 1;
  const double t = freedom <= std::size(kStudent) ? kStudent[freedom - 1] : 1.96;
  out.low = out.mean - t * out.deviation / std::sqrt(n);
  out.high = out.mean + t * out.deviation / std::sqrt(n);
  return out;
}

std::vector<double> holm(std::span<const double> p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
  std::vector<double> out(p.size());
  double last = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    last = std::max(last, std::min(1.0, p[order[i]] * static_cast<double>(p.size() - i)));
    out[order[i]] = last;
  }
  return out;
}

double median(std::vector<double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

}  // namespace mueca
