// Convolutions: dense ones by every algorithm of the ladder, depthwise ones, three passes each.
#include <algorithm>
#include <cmath>

#include "bench/cuda/algorithms_of.h"
#include "bench/cuda/cudnn_peers.h"
#include "bench/cuda/jobs.h"
#include "bench/cuda/sampled.h"
#include "core/error.h"
#include "core/kernels.h"
#include "kernels/cuda/depthwise.h"

namespace mueca::bench {
namespace {

// A sum of products with what rounding can do to it.
struct Products {
  Expected e;
  void add(double a, double b) {
    const double ab = a * b;
    e.value += ab, e.magnitude += std::abs(ab), e.norm += ab * ab;
  }
  Expected done(std::size_t tensor, std::int64_t index) {
    e.tensor = tensor, e.index = index, e.norm = std::sqrt(e.norm);
    return e;
  }
};

// Element i of the pass's output by the definition. a, b: the two inputs in the job's order.
Expected element(Pass pass, const ConvShape& d, bool depthwise, const std::vector<float>& a,
                 const std::vector<float>& b, std::int64_t i) {
  Products sum;
  const std::int64_t filters = depthwise ? 1 : d.k, channels = depthwise ? 1 : d.c;
  const auto x_at = [&](std::int64_t n, std::int64_t h, std::int64_t w, std::int64_t c) {
    return static_cast<std::size_t>(((n * d.h + h) * d.w + w) * d.c + c);
  };
  const auto y_at = [&](std::int64_t n, std::int64_t p, std::int64_t q, std::int64_t k) {
    return static_cast<std::size_t>(((n * d.p + p) * d.q + q) * d.k + k);
  };
  // Depthwise, w is [R, S, C]: the channel is the innermost index either way.
  const auto w_at = [&](std::int64_t r, std::int64_t s, std::int64_t c, std::int64_t k) {
    return static_cast<std::size_t>(depthwise ? (r * d.s + s) * d.c + k : ((r * d.s + s) * d.c + c) * d.k + k);
  };
  const auto inside = [](std::int64_t at, std::int64_t extent) { return at >= 0 && at < extent; };
  if (pass == Pass::forward) {
    const std::int64_t k = i % d.k, q = i / d.k % d.q, p = i / d.k / d.q % d.p, n = i / d.k / d.q / d.p;
    for (std::int64_t r = 0; r < d.r; ++r)
      for (std::int64_t s = 0; s < d.s; ++s) {
        const std::int64_t h = p * d.stride + r - d.top, w = q * d.stride + s - d.left;
        if (!inside(h, d.h) || !inside(w, d.w)) continue;
        for (std::int64_t c = 0; c < channels; ++c) sum.add(a[x_at(n, h, w, depthwise ? k : c)], b[w_at(r, s, c, k)]);
      }
  } else if (pass == Pass::backward_data) {
    const std::int64_t c = i % d.c, w = i / d.c % d.w, h = i / d.c / d.w % d.h, n = i / d.c / d.w / d.h;
    for (std::int64_t r = 0; r < d.r; ++r)
      for (std::int64_t s = 0; s < d.s; ++s) {
        const std::int64_t up = h + d.top - r, across = w + d.left - s;
        if (up % d.stride || across % d.stride || !inside(up / d.stride, d.p) || !inside(across / d.stride, d.q))
          continue;
        if (up < 0 || across < 0) continue;
        for (std::int64_t k = 0; k < filters; ++k) {
          const std::int64_t kk = depthwise ? c : k;
          sum.add(a[y_at(n, up / d.stride, across / d.stride, kk)], b[w_at(r, s, c, kk)]);
        }
      }
  } else {
    const std::int64_t k = i % d.k, c = depthwise ? k : i / d.k % d.c;
    const std::int64_t tap = depthwise ? i / d.k : i / d.k / d.c, r = tap / d.s, s = tap % d.s;
    for (std::int64_t n = 0; n < d.n; ++n)
      for (std::int64_t p = 0; p < d.p; ++p)
        for (std::int64_t q = 0; q < d.q; ++q) {
          const std::int64_t h = p * d.stride + r - d.top, w = q * d.stride + s - d.left;
          if (inside(h, d.h) && inside(w, d.w)) sum.add(a[x_at(n, h, w, c)], b[y_at(n, p, q, k)]);
        }
  }
  return sum.done(2, i);
}

Job conv_job(Pass pass, const Layer& layer, std::int64_t batch, bool depthwise, Store store) {
  const ConvShape d = conv_shape_of(layer, batch);
  const std::vector<std::int64_t> xs = {d.n, d.h, d.w, d.c}, ys = {d.n, d.p, d.q, d.k};
  const std::vector<std::int64_t> ws = {d.r, d.s, depthwise ? 1 : d.c, d.k};
  Job job;
  job.family = depthwise ? str("depthwise", d.r, "x", d.s) : d.c <= 4 ? "stem" : d.r == 1 ? "pointwise" : "conv2d";
  job.op = kPassNames[static_cast<int>(pass)];
  job.shape = text_of(layer, batch);
  const auto activation = [](const char* name, const auto& e, Role role) {
    return TensorSpec{name, e, Kind::activation, role};
  };
  const auto filter = [&](const char* name, Role role) { return TensorSpec{name, ws, Kind::filter, role}; };
  if (pass == Pass::forward)
    job.tensors = {activation("x", xs, Role::input), filter("w", Role::input), activation("y", ys, Role::output)};
  else if (pass == Pass::backward_data)
    job.tensors = {activation("gy", ys, Role::input), filter("w", Role::input), activation("gx", xs, Role::output)};
  else
    job.tensors = {activation("x", xs, Role::input), activation("gy", ys, Role::input), filter("gw", Role::output)};
  job.flop = 2.0 * static_cast<double>(d.n * d.p * d.q * d.k * ws[2] * d.r * d.s);
  job.store = store, job.bytes = bytes_of(job.tensors, store);
  job.expected = [pass, d, depthwise](const HostTensors& host) {
    const std::int64_t terms = pass == Pass::backward_weights ? d.n * d.p * d.q : d.r * d.s * std::max(d.c, d.k);
    std::vector<Expected> all;
    for (const std::int64_t i :
         sample_places(host[2].spec.count(), std::clamp<std::int64_t>(40000000 / terms, 16, 256), 7))
      all.push_back(element(pass, d, depthwise, host[0].values, host[1].values, i));
    return all;
  };
  return job;
}

// Calls the pass's kernel with the job's pointers in the order of its tensors.
void call(const KernelTable& k, Stream& stream, Pass pass, const ConvShape& d, bool depthwise, Store store,
          void* const* t) {
  const auto stored = [&](int i, const std::vector<std::int64_t>& extents) { return act<4>(store, t[i], extents); };
  const auto pad = static_cast<int>(d.top);
  const Conv2d g{static_cast<int>(d.stride), {pad, pad, pad, pad}};
  const std::vector<std::int64_t> xs = {d.n, d.h, d.w, d.c}, ys = {d.n, d.p, d.q, d.k};
  if (depthwise) {
    const std::vector<std::int64_t> ws = {d.r, d.s, d.c};
    if (pass == Pass::forward) k.depthwise_forward(stream, stored(0, xs), in<3>(t[1], ws), {}, stored(2, ys), g);
    if (pass == Pass::backward_data)
      k.depthwise_backward_data(stream, stored(0, ys), in<3>(t[1], ws), stored(2, xs), g);
    if (pass == Pass::backward_weights)
      k.depthwise_backward_weights(stream, stored(0, xs), stored(1, ys), out<3>(t[2], ws), g);
    return;
  }
  const std::vector<std::int64_t> ws = {d.r, d.s, d.c, d.k};
  if (pass == Pass::forward) k.conv2d_forward(stream, stored(0, xs), in<4>(t[1], ws), {}, stored(2, ys), g);
  if (pass == Pass::backward_data) k.conv2d_backward_data(stream, stored(0, ys), in<4>(t[1], ws), stored(2, xs), g);
  if (pass == Pass::backward_weights)
    k.conv2d_backward_weights(stream, stored(0, xs), stored(1, ys), out<4>(t[2], ws), g);
}

void add_dense(const Plan& plan, Pass pass, const Layer& layer, std::int64_t batch, Store store,
               std::vector<Job>& jobs) {
  const ConvShape d = conv_shape_of(layer, batch);
  for (const LinearAlgorithm& a : linear_algorithms(plan.device, pass, d, store)) {
    if (!a.chosen && !plan.all_algorithms) continue;
    // The naive rung is the definition, not a contender: a whole network's layer would take it minutes.
    if (!a.chosen && a.name == "naive" && 1e-9 * conv_job(pass, layer, batch, false, store).flop > 3) continue;
    Job job = conv_job(pass, layer, batch, false, store);
    job.algorithm = a.name, job.math = a.math;
    if (a.math == Math::bf16 && store == Store::float32)
      job.note = "ours stores float32 and rounds operands as it multiplies";
    job.run = [device = plan.device, pass, d, store, number = a.number](Stream& stream, void* const* t) {
      const auto forced = force_linear(device, number);
      call(kernels(device), stream, pass, d, false, store, t);
    };
    const Math math = store == Store::float32 ? a.math : Math::bf16;
    job.peers = [pass, d, math](PeerContext& context) { return conv_peers(context, pass, d, false, math); };
    jobs.push_back(std::move(job));
  }
}

void add_depthwise(const Plan& plan, Pass pass, const Layer& layer, std::int64_t batch, Store store,
                   std::vector<Job>& jobs) {
  const ConvShape d = conv_shape_of(layer, batch);
  for (const DepthwiseAlgorithm a : kDepthwiseAlgorithms) {
    if (!plan.all_algorithms && a != DepthwiseAlgorithm::tiled) continue;
    Job job = conv_job(pass, layer, batch, true, store);
    job.algorithm = name_of(a);
    job.run = [device = plan.device, pass, d, store, a](Stream& stream, void* const* t) {
      const ForceDepthwise forced(a);
      call(kernels(device), stream, pass, d, true, store, t);
    };
    job.peers = [pass, d](PeerContext& context) { return conv_peers(context, pass, d, true, Math::float32); };
    jobs.push_back(std::move(job));
  }
}

}  // namespace

std::vector<std::int64_t> batches_of(const Plan& plan, const char* network) {
  if (in_sweep(network)) return {*std::ranges::min_element(plan.batches)};
  return plan.batches;
}

std::vector<Job> conv_jobs(const Plan& plan) {
  constexpr Pass kPasses[] = {Pass::forward, Pass::backward_data, Pass::backward_weights};
  std::vector<Job> jobs;
  for (const Layer& layer : depthwise_layers(plan.scale))
    for (const std::int64_t batch : batches_of(plan, layer.network))
      for (const Pass pass : kPasses)
        for (const Store store : kStores) add_depthwise(plan, pass, layer, batch, store, jobs);
  for (const Layer& layer : convolutions(plan.scale))
    for (const std::int64_t batch : batches_of(plan, layer.network))
      for (const Pass pass : kPasses)
        if (pass != Pass::backward_data || layer.c > 4)  // nobody asks for the image's gradient
          for (const Store store : kStores) add_dense(plan, pass, layer, batch, store, jobs);
  return jobs;
}

}  // namespace mueca::bench
