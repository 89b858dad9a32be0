#include "apps/embed/affinities.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "apps/embed/lanes.h"
#include "core/error.h"
#include "core/parallel.h"

namespace mueca {
namespace {

// weight[j] = exp(-beta d[j]) for d >= 0 with the least 0, normalised; beta by Newton's method on the entropy
//   H = log S + beta E, S = sum exp(-beta d), E = mean of d, dH / dbeta = -beta Var(d),
// kept within a bracket that bisection shrinks.
void fit_row(const double* d, int k, double wanted, double* weight) {
  constexpr double kTolerance = 1e-10;
  constexpr int kMostSteps = 200;
  double mean = 0;
  for (int j = 0; j < k; ++j) mean += d[j] / k;
  double low = 0, high = std::numeric_limits<double>::infinity();
  double beta = mean > 0 ? 1 / mean : 0, sum = 0;
  for (int step = 0; step < kMostSteps; ++step) {
    double first = 0, second = 0;
    sum = 0;
    for (int j = 0; j < k; ++j) {
      weight[j] = std::exp(-beta * d[j]);
      sum += weight[j], first += weight[j] * d[j], second += weight[j] * d[j] * d[j];
    }
    first /= sum, second /= sum;
    const double excess = std::log(sum) + beta * first - wanted;
    if (std::fabs(excess) <= kTolerance || mean == 0) break;
    (excess > 0 ? low : high) = beta;
    const double slope = beta * (second - first * first);
    double next = slope > 0 ? beta + excess / slope : 0;
    if (!(next > low && next < high)) next = std::isinf(high) ? 4 * beta : (low + high) / 2;
    if (next == beta || !std::isfinite(next)) break;  // no width gives this entropy: ties at the least distance
    if (next > 1e4 * beta) next = 1e4 * beta;
    beta = next;
  }
  for (int j = 0; j < k; ++j) weight[j] /= sum;
}

}  // namespace

std::vector<float> conditional_affinities(const Neighbours& neighbours, double perplexity) {
  const int k = neighbours.k;
  check(perplexity > 1 && perplexity < k, "t-SNE: perplexity must lie between 1 and the ", k, " neighbours, got ",
        perplexity);
  std::vector<float> out(neighbours.index.size());
  parallel_for(std::ssize(out) / k, 64, [&](std::int64_t begin, std::int64_t end) {
    std::vector<double> d(static_cast<std::size_t>(k)), weight(d.size());
    for (std::int64_t i = begin; i < end; ++i) {
      const float* const from = neighbours.squared_distance.data() + i * k;
      for (int j = 0; j < k; ++j)
        d[static_cast<std::size_t>(j)] = static_cast<double>(from[j]) - static_cast<double>(from[0]);
      fit_row(d.data(), k, std::log(perplexity), weight.data());
      std::ranges::transform(weight, out.begin() + i * k, [](double w) { return static_cast<float>(w); });
    }
  });
  return out;
}

Affinities symmetric_affinities(const Neighbours& neighbours, const std::vector<float>& conditional) {
  struct Entry {
    std::int32_t column;
    float p;
  };
  const auto k = static_cast<std::size_t>(neighbours.k), n = conditional.size() / k;
  // Each directed entry goes to its row and, mirrored, to its column's row; then both of a pair are added.
  std::vector<std::size_t> start(n + 1, 0), next;
  for (std::size_t i = 0; i < n; ++i) start[i + 1] += k;
  for (const std::int32_t j : neighbours.index) ++start[static_cast<std::size_t>(j) + 1];
  for (std::size_t i = 0; i < n; ++i) start[i + 1] += start[i];
  next.assign(start.begin(), start.end() - 1);
  std::vector<Entry> entries(2 * conditional.size());
  for (std::size_t e = 0; e < conditional.size(); ++e) {
    const std::size_t i = e / k;
    const std::int32_t j = neighbours.index[e];
    entries[next[i]++] = {j, conditional[e]};
    entries[next[static_cast<std::size_t>(j)]++] = {static_cast<std::int32_t>(i), conditional[e]};
  }
  Affinities out{{0}, {}, {}};
  const double scale = 1 / (2 * static_cast<double>(n));
  for (std::size_t i = 0; i < n; ++i) {
    std::sort(entries.begin() + static_cast<std::ptrdiff_t>(start[i]),
              entries.begin() + static_cast<std::ptrdiff_t>(start[i + 1]),
              [](const Entry& a, const Entry& b) { return a.column < b.column; });
    for (std::size_t e = start[i]; e < start[i + 1];) {
      double p = entries[e].p;  // at most two of a column, and their sum has no order
      const std::int32_t column = entries[e].column;
      for (++e; e < start[i + 1] && entries[e].column == column; ++e) p += static_cast<double>(entries[e].p);
      out.column.push_back(column);
      out.p.push_back(static_cast<float>(p * scale));
    }
    while (out.column.size() % kLanes != 0) {
      out.column.push_back(static_cast<std::int32_t>(i));
      out.p.push_back(0);
    }
    check(out.column.size() < (std::size_t{1} << 31) - kLanes, "t-SNE: more than 2^31 similarities");
    out.start.push_back(static_cast<std::int32_t>(out.column.size()));
  }
  return out;
}

}  // namespace mueca
