#include "apps/embed/gradient.h"

#include <cmath>

#include "core/kernels.h"
#include "core/parallel.h"

namespace mueca {

Attraction::Attraction(const Affinities& p, Device device)
    : device_(device),
      p_(Tensor::from({static_cast<Index>(p.p.size())}, std::span(p.p), device)),
      column_(Tensor::from({static_cast<Index>(p.column.size())}, std::span(p.column), device)),
      start_(Tensor::from({static_cast<Index>(p.start.size())}, std::span(p.start), device)) {}

void Attraction::operator()(const Plane& points, Plane& force) const {
  const Tensor at = points.both.to(device_);
  const Tensor pull = device_ == Device::cpu ? force.both : Tensor(force.both.shape(), DType::f32, device_);
  kernels(device_).tsne_attraction(stream_of(device_), at.view<float, 2>(), p_.view<float, 1>(),
                                   column_.view<const std::int32_t, 1>(), start_.view<const std::int32_t, 1>(),
                                   pull.view<float, 2>());
  if (device_ != Device::cpu) force.both.copy_from(pull);
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
