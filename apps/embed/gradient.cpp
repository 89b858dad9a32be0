#include "apps/embed/gradient.h"

#include <cmath>

#include "apps/embed/lanes.h"
#include "core/parallel.h"

namespace mueca {

void attraction(const Affinities& p, const Plane& points, Plane& force) {
  const auto n = std::ssize(points.x);
  std::vector<float> pairs(2 * points.size());  // x, y of a point side by side: one line of cache for both
  for (std::size_t i = 0; i < points.size(); ++i) pairs[2 * i] = points.x[i], pairs[2 * i + 1] = points.y[i];
  parallel_for(n, 64, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      Lanes fx{}, fy{};
      for (std::int64_t e = p.start[i]; e < p.start[i + 1]; e += kLanes) {
        Lanes x, y;
        gather_pairs(pairs.data(), p.column.data() + e, x, y);
        const Lanes dx = points.x[i] - x, dy = points.y[i] - y;
        const Lanes pull = load_lanes(p.p.data() + e) / (1 + dx * dx + dy * dy);
        fx += pull * dx, fy += pull * dy;
      }
      force.x[i] = sum_of(fx), force.y[i] = sum_of(fy);
    }
  });
}

double divergence(const Affinities& p, const Plane& points, double z) {
  std::vector<double> rows(points.size());
  parallel_for(std::ssize(rows), 64, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i)
      for (auto e = static_cast<std::size_t>(p.start[i]); e < static_cast<std::size_t>(p.start[i + 1]); ++e) {
        const auto j = static_cast<std::size_t>(p.column[e]);
        const double dx = static_cast<double>(points.x[i] - points.x[j]);
        const double dy = static_cast<double>(points.y[i] - points.y[j]), similarity = static_cast<double>(p.p[e]);
        if (similarity > 0) rows[i] += similarity * std::log(similarity * z * (1 + dx * dx + dy * dy));
      }
  });
  double sum = 0;
  for (const double row : rows) sum += row;
  return sum;
}

}  // namespace mueca
