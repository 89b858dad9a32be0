#include "apps/embed/gradient.h"

#include <cmath>

#include "core/parallel.h"

namespace mueca {

void attraction(const Affinities& p, const Plane& points, Plane& force) {
  const float *const x = points.x.data(), *const y = points.y.data();
  parallel_for(std::ssize(points.x), 64, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const float xi = x[i], yi = y[i];
      float fx = 0, fy = 0;
      const std::int64_t first = p.start[static_cast<std::size_t>(i)];
      const std::int64_t last = p.start[static_cast<std::size_t>(i) + 1];
      const std::int32_t* const column = p.column.data();
      const float* const weight = p.p.data();
#pragma omp simd reduction(+ : fx, fy)
      for (std::int64_t e = first; e < last; ++e) {
        const float dx = xi - x[column[e]], dy = yi - y[column[e]];
        const float pull = weight[e] / (1 + dx * dx + dy * dy);
        fx += pull * dx, fy += pull * dy;
      }
      force.x[static_cast<std::size_t>(i)] = fx, force.y[static_cast<std::size_t>(i)] = fy;
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
