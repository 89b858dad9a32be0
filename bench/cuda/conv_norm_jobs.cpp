// A convolution with batch normalisation and ReLU behind it, as a layer of the networks runs: for the peers that fuse
// the statistics into the convolution.
#include <algorithm>
#include <cmath>

#include "bench/cuda/algorithms_of.h"
#include "bench/cuda/cudnn_peers.h"
#include "bench/cuda/jobs.h"
#include "core/kernels.h"

namespace mueca::bench {
namespace {

constexpr float kEpsilon = 1e-3f;
enum : std::size_t { kX, kW, kGamma, kBeta, kC, kY, kMean, kVariance };

// Whole channels: the convolution at each place in double, its statistics, and a sample of what follows.
std::vector<Expected> expected(const HostTensors& host, const ConvShape& d, Math math) {
  std::vector<Expected> all;
  const auto& x = host[kX].values;
  const auto& w = host[kW].values;
  const std::int64_t places = d.n * d.p * d.q;
  for (const std::int64_t k : sample_places(d.k, 2, 53)) {
    std::vector<double> sums(static_cast<std::size_t>(places));
    double size = 0, squares = 0, mean = 0, variance = 0;
    for (std::int64_t i = 0; i < places; ++i) {
      const std::int64_t q = i % d.q, p = i / d.q % d.p, n = i / d.q / d.p;
      double sum = 0;
      for (std::int64_t r = 0; r < d.r; ++r)
        for (std::int64_t s = 0; s < d.s; ++s) {
          const std::int64_t h = p * d.stride + r - d.top, v = q * d.stride + s - d.left;
          if (h < 0 || v < 0 || h >= d.h || v >= d.w) continue;
          const float* const pixel = &x[static_cast<std::size_t>(((n * d.h + h) * d.w + v) * d.c)];
          const float* const filter = &w[static_cast<std::size_t>((r * d.s + s) * d.c * d.k + k)];
          for (std::int64_t c = 0; c < d.c; ++c) {
            const double product = double{pixel[c]} * filter[c * d.k];
            sum += product;
            if (i < 64) size += std::abs(product) / 64, squares += product * product / 64;
          }
        }
      sums[static_cast<std::size_t>(i)] = sum, mean += sum / static_cast<double>(places);
    }
    for (const double sum : sums) variance += (sum - mean) * (sum - mean) / static_cast<double>(places);
    const double inverse = 1 / std::sqrt(variance + kEpsilon), gamma = host[kGamma].values[static_cast<std::size_t>(k)];
    const double beta = host[kBeta].values[static_cast<std::size_t>(k)], root = std::sqrt(squares);
    // Sizes of a sum's terms are those of its first places: borders apart they are alike everywhere.
    all.push_back({kMean, k, mean, 2 * size, root});
    all.push_back({kVariance, k, variance, 2 * (variance + size * std::sqrt(variance)), root * std::sqrt(variance)});
    for (const std::int64_t i : sample_places(places, 60, 59)) {
      const double sum = sums[static_cast<std::size_t>(i)], scaled = (sum - mean) * inverse * gamma;
      const double factor = std::abs(gamma) * inverse;
      all.push_back({kC, i * d.k + k, sum, 2 * size, root});
      all.push_back({kY, i * d.k + k, std::max(scaled + beta, 0.0),
                     2 * (factor * (2 * size + std::abs(sum - mean)) + std::abs(scaled) + std::abs(beta)),
                     2 * factor * root + (math == Math::float32 ? 0 : std::abs(scaled))});
    }
  }
  return all;
}

Job conv_norm_job(const Plan& plan, const Layer& layer, std::int64_t batch, const LinearAlgorithm& algorithm,
                  Store store) {
  const ConvShape d = conv_shape_of(layer, batch);
  const std::vector<std::int64_t> xs = {d.n, d.h, d.w, d.c}, ws = {d.r, d.s, d.c, d.k}, cs = {d.n, d.p, d.q, d.k};
  const std::vector<std::int64_t> rows = {d.n * d.p * d.q, d.k}, line = {d.k};
  Job job;
  job.family = "conv_norm", job.op = "relu_forward", job.shape = text_of(layer, batch);
  job.algorithm = algorithm.name, job.math = algorithm.math;
  job.tensors = {{"x", xs, Kind::activation, Role::input},  {"w", ws, Kind::filter, Role::input},
                 {"gamma", line, Kind::plain, Role::input}, {"beta", line, Kind::plain, Role::input},
                 {"c", cs, Kind::activation, Role::output}, {"y", cs, Kind::activation, Role::output},
                 {"mean", line, Kind::plain, Role::output}, {"variance", line, Kind::plain, Role::output}};
  const auto outputs = static_cast<double>(rows[0] * d.k);
  job.flop = 2 * outputs * static_cast<double>(d.r * d.s * d.c) + 6 * outputs;
  // A convolution that sums as it writes, and one pass to normalise: what fusing would leave.
  const double each = store == Store::float32 ? 4 : 2;
  job.store = store;
  job.bytes = each * (static_cast<double>(job.tensors[kX].count()) + 3 * outputs) +
              4 * static_cast<double>(job.tensors[kW].count());
  job.note = "ours are two operations, not fused";
  job.prepare = [](HostTensors& host) {
    for (float& g : host[kGamma].values) g = 1 + g / 2;
  };
  job.expected = [d, math = algorithm.math](const HostTensors& host) { return expected(host, d, math); };
  job.peers = [d, math = store == Store::float32 ? algorithm.math : Math::bf16](PeerContext& context) {
    return conv_norm_peers(context, d, math, kEpsilon);
  };
  job.run = [=, device = plan.device, number = algorithm.number](Stream& stream, void* const* t) {
    const KernelTable& k = kernels(device);
    const auto forced = force_linear(device, number);
    const int pad = static_cast<int>(d.top);
    k.conv2d_forward(stream, act<4>(store, t[kX], xs), in<4>(t[kW], ws), {}, act<4>(store, t[kC], cs),
                     {static_cast<int>(d.stride), {pad, pad, pad, pad}});
    k.batch_norm_forward(stream, act<2>(store, t[kC], rows), in<1>(t[kGamma], line), in<1>(t[kBeta], line), {},
                         act<2>(store, t[kY], rows), out<1>(t[kMean], line), out<1>(t[kVariance], line), {}, {}, 0,
                         {kEpsilon, Activation::relu});
  };
  return job;
}

}  // namespace

std::vector<Job> conv_norm_jobs(const Plan& plan) {
  std::vector<Layer> layers = {
      {"baseline", 48, 32, 64, 3, 1}, {"baseline", 24, 128, 128, 3, 1}, {"se_resnet", 12, 128, 128, 3, 1}};
  if (plan.scale == Scale::tiny) layers = {{"tiny", 6, 8, 16, 3, 1}};
  std::vector<Job> jobs;
  for (const Layer& layer : layers)
    for (const std::int64_t batch : plan.batches)
      for (const Store store : kStores)
        for (const LinearAlgorithm& a :
             linear_algorithms(plan.device, Pass::forward, conv_shape_of(layer, batch), store))
          if (a.chosen && batch <= 256)  // the truth takes a while
            jobs.push_back(conv_norm_job(plan, layer, batch, a, store));
  return jobs;
}

}  // namespace mueca::bench
