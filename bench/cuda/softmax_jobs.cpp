// Softmax, its gradient, and cross-entropy with softmax: rows of K classes.
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

std::vector<double> softmax_row(const HostTensors& host, std::int64_t row, std::int64_t k) {
  std::vector<double> e(static_cast<std::size_t>(k));
  double sum = 0;
  for (std::int64_t j = 0; j < k; ++j) sum += e[static_cast<std::size_t>(j)] = std::exp(at(host, 0, row * k + j));
  for (double& v : e) v /= sum;
  return e;
}

enum class Rows { softmax, softmax_back, cross_entropy };

std::vector<Expected> expected_rows(const HostTensors& host, Rows what, std::int64_t m, std::int64_t k) {
  std::vector<Expected> all;
  for (const std::int64_t row : sample_places(m, 24, 29)) {
    const auto y = softmax_row(host, row, k);
    double sum = 0, size = 0, loss = 0, targets = 0;
    for (std::int64_t j = 0; j < k; ++j) {
      const double second = host[1].spec.role == Role::input ? at(host, 1, row * k + j) : 0;
      const double first = what == Rows::softmax_back ? at(host, 0, row * k + j) : y[static_cast<std::size_t>(j)];
      sum += first * second, size += std::abs(first * second);
      targets += second, loss -= second * std::log(y[static_cast<std::size_t>(j)]);
    }
    if (what == Rows::cross_entropy) all.push_back(about(2, row, loss, 8 * std::abs(loss) + 4));
    for (std::int64_t j = 0; j < k; ++j) {
      const std::int64_t i = row * k + j;
      const double p = y[static_cast<std::size_t>(j)];
      if (what == Rows::softmax) all.push_back(about(1, i, p, 8 * p));
      if (what == Rows::softmax_back) {
        const double v = at(host, 0, i), g = at(host, 1, i);
        all.push_back(about(2, i, v * (g - sum), 4 * std::abs(v) * (std::abs(g) + size)));
      }
      if (what == Rows::cross_entropy) {
        const double t = at(host, 1, i), scale = 1 / static_cast<double>(m);
        all.push_back(about(3, i, (p * targets - t) * scale, 8 * (p * std::abs(targets) + std::abs(t)) * scale));
      }
    }
  }
  return all;
}

Job rows_job(const Plan& plan, Rows what, std::int64_t m, std::int64_t k) {
  const Extents full = {m, k}, wide = {m, 1, 1, k}, line = {m};
  Job job;
  job.family = "softmax", job.algorithm = "own", job.shape = str("classes:", m, "x", k);
  job.op = what == Rows::softmax ? "forward" : what == Rows::softmax_back ? "backward" : "cross_entropy";
  const auto tensor = [&](const char* name, Role role) { return TensorSpec{name, wide, Kind::activation, role}; };
  if (what == Rows::softmax) job.tensors = {tensor("x", Role::input), tensor("y", Role::output)};
  if (what == Rows::softmax_back)
    job.tensors = {tensor("y", Role::input), tensor("gy", Role::input), tensor("gx", Role::output)};
  if (what == Rows::cross_entropy)
    job.tensors = {tensor("x", Role::input),
                   tensor("t", Role::input),
                   {"loss", line, Kind::plain, Role::output},
                   tensor("gx", Role::output)};
  job.bytes = bytes_of(job.tensors);
  job.flop = static_cast<double>(m * k) * (what == Rows::softmax_back ? 4 : what == Rows::softmax ? 4 : 8);
  if (what == Rows::softmax_back)  // its input is a softmax
    job.prepare = [m, k](HostTensors& host) {
      HostTensors logits = {host[0]};
      for (std::int64_t row = 0; row < m; ++row) {
        const auto y = softmax_row(logits, row, k);
        for (std::int64_t j = 0; j < k; ++j)
          host[0].values[static_cast<std::size_t>(row * k + j)] = static_cast<float>(y[static_cast<std::size_t>(j)]);
      }
    };
  if (what == Rows::cross_entropy)  // one class a row
    job.prepare = [m, k](HostTensors& host) {
      std::ranges::fill(host[1].values, 0.0f);
      for (std::int64_t row = 0; row < m; ++row) host[1].values[static_cast<std::size_t>(row * k + row * 5 % k)] = 1;
    };
  job.expected = [=](const HostTensors& host) { return expected_rows(host, what, m, k); };
  job.run = [=, device = plan.device](Stream& s, void* const* t) {
    const KernelTable& kernel = kernels(device);
    if (what == Rows::softmax) kernel.softmax_forward(s, in<2>(t[0], full), out<2>(t[1], full));
    if (what == Rows::softmax_back)
      kernel.softmax_backward(s, in<2>(t[0], full), in<2>(t[1], full), out<2>(t[2], full));
    if (what == Rows::cross_entropy)
      kernel.softmax_cross_entropy(s, in<2>(t[0], full), in<2>(t[1], full), out<1>(t[2], line), out<2>(t[3], full));
  };
  job.peers = [what](PeerContext& context) {
    return what == Rows::cross_entropy ? std::vector<Peer>() : softmax_peers(context, what == Rows::softmax_back);
  };
  if (what == Rows::cross_entropy) job.note = "cuDNN has no such operation";
  return job;
}

}  // namespace

std::vector<Job> softmax_jobs(const Plan& plan) {
  std::vector<Job> jobs;
  for (const Rows what : {Rows::softmax, Rows::softmax_back, Rows::cross_entropy})
    for (const std::int64_t batch : plan.batches) jobs.push_back(rows_job(plan, what, batch, 7));
  return jobs;
}

}  // namespace mueca::bench
