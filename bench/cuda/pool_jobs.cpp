// Pooling: 2x2 windows, stride 2.
#include <algorithm>
#include <cmath>

#include "bench/cuda/cudnn_peers.h"
#include "bench/cuda/jobs.h"
#include "bench/cuda/sampled.h"
#include "core/error.h"
#include "core/kernels.h"

namespace mueca::bench {
namespace {

using Extents = std::vector<std::int64_t>;

std::vector<Expected> expected_pool(const HostTensors& host, bool maximum, bool back, std::int64_t size,
                                    std::int64_t c) {
  const std::int64_t half = size / 2;
  const auto corner = [&](std::int64_t i) {  // of the window of output i, in x
    const std::int64_t q = i / c % half, p = i / c / half % half, n = i / c / half / half;
    return ((n * size + 2 * p) * size + 2 * q) * c + i % c;
  };
  const std::int64_t steps[] = {0, c, size * c, size * c + c};
  std::vector<Expected> all;
  const std::size_t y = 1, gy = maximum ? 2 : 0, gx = maximum ? 3 : 1;
  const std::int64_t outputs = back ? host[gy].spec.count() : host[y].spec.count();
  for (const std::int64_t i : sample_places(outputs, 200, 31)) {
    const std::int64_t from = corner(i);
    if (!back) {
      double most = -1e30, sum = 0;
      for (const std::int64_t s : steps) most = std::max(most, at(host, 0, from + s)), sum += at(host, 0, from + s);
      all.push_back(about(1, i, maximum ? most : sum / 4, 4));
      continue;
    }
    const double g = at(host, gy, i);
    bool taken = false;
    for (const std::int64_t s : steps) {
      const bool here = maximum && !taken && at(host, 0, from + s) == at(host, y, i);
      taken |= here;
      all.push_back(about(gx, from + s, maximum ? (here ? g : 0) : g / 4, std::abs(g)));
    }
  }
  return all;
}

Job pool_job(const Plan& plan, const Plane& plane, std::int64_t batch, bool maximum, bool back, Store store) {
  const std::int64_t half = plane.size / 2, c = plane.channels;
  const Extents x = {batch, plane.size, plane.size, c}, y = {batch, half, half, c};
  Job job;
  job.family = "pool", job.algorithm = "own", job.shape = text_of(plane, batch);
  job.op = std::string(maximum ? "max_" : "average_") + (back ? "backward" : "forward");
  const auto tensor = [](const char* name, const Extents& e, Role role) {
    return TensorSpec{name, e, Kind::activation, role};
  };
  if (!back)
    job.tensors = {tensor("x", x, Role::input), tensor("y", y, Role::output)};
  else if (maximum)
    job.tensors = {tensor("x", x, Role::input), tensor("y", y, Role::input), tensor("gy", y, Role::input),
                   tensor("gx", x, Role::output)};
  else
    job.tensors = {tensor("gy", y, Role::input), tensor("gx", x, Role::output)};
  job.store = store, job.bytes = bytes_of(job.tensors, store);
  job.flop = static_cast<double>(batch * plane.size * plane.size * c);
  if (back && maximum)
    job.prepare = [size = plane.size, c](HostTensors& host) {
      const std::int64_t half = size / 2;
      for (std::int64_t i = 0; i < host[1].spec.count(); ++i) {
        const std::int64_t q = i / c % half, p = i / c / half % half, n = i / c / half / half;
        const std::int64_t from = ((n * size + 2 * p) * size + 2 * q) * c + i % c;
        float most = -2;
        for (const std::int64_t s : {std::int64_t{0}, c, size * c, size * c + c})
          most = std::max(most, host[0].values[static_cast<std::size_t>(from + s)]);
        host[1].values[static_cast<std::size_t>(i)] = most;
      }
    };
  job.expected = [=, size = plane.size](const HostTensors& host) {
    return expected_pool(host, maximum, back, size, c);
  };
  job.run = [=, device = plan.device](Stream& s, void* const* t) {
    const KernelTable& k = kernels(device);
    const auto stored = [&](int i, const Extents& e) { return act<4>(store, t[i], e); };
    if (!back && maximum) k.max_pool_forward(s, stored(0, x), stored(1, y), {});
    if (!back && !maximum) k.avg_pool_forward(s, stored(0, x), stored(1, y), {});
    if (back && maximum) k.max_pool_backward(s, stored(0, x), stored(1, y), stored(2, y), stored(3, x), {});
    if (back && !maximum) k.avg_pool_backward(s, stored(0, y), stored(1, x), {});
  };
  job.peers = [=](PeerContext& context) { return pool_peers(context, maximum, back); };
  return job;
}

}  // namespace

std::vector<Job> pool_jobs(const Plan& plan) {
  std::vector<Job> jobs;
  for (const bool back : {false, true})
    for (const bool maximum : {true, false})
      for (const Plane& plane : pool_planes(plan.scale))
        for (const std::int64_t batch : batches_of(plan, plane.network))
          for (const Store store : kStores) jobs.push_back(pool_job(plan, plane, batch, maximum, back, store));
  return jobs;
}

}  // namespace mueca::bench
