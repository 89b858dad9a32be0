// Squeeze-and-excitation: y = x sigmoid(relu(mean(x) w1 + b1) w2 + b2), and its gradient.
#include <algorithm>
#include <cmath>

#include "bench/cuda/cudnn_peers.h"
#include "bench/cuda/jobs.h"
#include "bench/cuda/sampled.h"
#include "core/kernels.h"

namespace mueca::bench {
namespace {

struct Extents {
  std::int64_t n, hw, c, d;
};
// Tensor numbers, the same in both jobs as far as they go.
enum : std::size_t { kX, kW1, kB1, kW2, kB2, kMean, kHidden, kScale, kY, kGy = kY, kGx, kGw1, kGb1, kGw2, kGb2 };

// One image's way through the two layers.
struct Gate {
  std::vector<double> mean, hidden, scale;
};
Gate gate(const HostTensors& host, const Extents& e, std::int64_t n) {
  Gate g{std::vector<double>(static_cast<std::size_t>(e.c)), std::vector<double>(static_cast<std::size_t>(e.d)),
         std::vector<double>(static_cast<std::size_t>(e.c))};
  for (std::int64_t p = 0; p < e.hw; ++p)
    for (std::int64_t c = 0; c < e.c; ++c)
      g.mean[static_cast<std::size_t>(c)] += at(host, kX, (n * e.hw + p) * e.c + c) / static_cast<double>(e.hw);
  for (std::int64_t d = 0; d < e.d; ++d) {
    double sum = at(host, kB1, d);
    for (std::int64_t c = 0; c < e.c; ++c) sum += g.mean[static_cast<std::size_t>(c)] * at(host, kW1, c * e.d + d);
    g.hidden[static_cast<std::size_t>(d)] = std::max(sum, 0.0);
  }
  for (std::int64_t c = 0; c < e.c; ++c) {
    double sum = at(host, kB2, c);
    for (std::int64_t d = 0; d < e.d; ++d) sum += g.hidden[static_cast<std::size_t>(d)] * at(host, kW2, d * e.c + c);
    g.scale[static_cast<std::size_t>(c)] = 1 / (1 + std::exp(-sum));
  }
  return g;
}

std::vector<Expected> expected_forward(const HostTensors& host, const Extents& e) {
  std::vector<Expected> all;
  const double plane = 1 + std::sqrt(static_cast<double>(e.hw)) / 4;  // roundings of a mean, and what follows from it
  for (const std::int64_t n : sample_places(e.n, 3, 17)) {
    const Gate g = gate(host, e, n);
    for (const std::int64_t c : sample_places(e.c, 8, 19)) {
      const auto at_c = static_cast<std::size_t>(c), at_d = static_cast<std::size_t>(c % e.d);
      all.push_back({kMean, n * e.c + c, g.mean[at_c], plane, 1});
      all.push_back({kHidden, n * e.d + c % e.d, g.hidden[at_d], plane + 1 + std::abs(g.hidden[at_d]), 1});
      all.push_back({kScale, n * e.c + c, g.scale[at_c], plane, 1});
    }
    for (const std::int64_t i : sample_places(e.hw * e.c, 40, 19)) {
      const double value = at(host, kX, n * e.hw * e.c + i) * g.scale[static_cast<std::size_t>(i % e.c)];
      all.push_back({kY, n * e.hw * e.c + i, value, plane * 8 * std::abs(value), std::abs(value)});
    }
  }
  return all;
}

// gx of sampled images; the layers' gradients take all images.
std::vector<Expected> expected_backward(const HostTensors& host, const Extents& e) {
  const auto cells = static_cast<std::size_t>(e.c * e.d);
  std::vector<double> gw1(cells), gw2(cells), size1(cells), size2(cells);
  std::vector<Expected> all;
  const auto images = sample_places(e.n, 3, 17);
  for (std::int64_t n = 0; n < e.n; ++n) {
    const Gate g = gate(host, e, n);
    std::vector<double> inner(static_cast<std::size_t>(e.c)), hidden(static_cast<std::size_t>(e.d));
    for (std::int64_t p = 0; p < e.hw; ++p)
      for (std::int64_t c = 0; c < e.c; ++c) {
        const std::int64_t i = (n * e.hw + p) * e.c + c;
        inner[static_cast<std::size_t>(c)] += at(host, kGy, i) * at(host, kX, i);
      }
    for (std::size_t c = 0; c < inner.size(); ++c) inner[c] *= g.scale[c] * (1 - g.scale[c]);
    for (std::int64_t d = 0; d < e.d; ++d)
      for (std::int64_t c = 0; c < e.c; ++c) {
        const auto cell = static_cast<std::size_t>(d * e.c + c);
        const double term = g.hidden[static_cast<std::size_t>(d)] * inner[static_cast<std::size_t>(c)];
        gw2[cell] += term, size2[cell] += std::abs(term);
        hidden[static_cast<std::size_t>(d)] += inner[static_cast<std::size_t>(c)] * at(host, kW2, d * e.c + c);
      }
    for (std::size_t d = 0; d < hidden.size(); ++d)
      if (g.hidden[d] <= 0) hidden[d] = 0;
    std::vector<double> means(static_cast<std::size_t>(e.c));
    for (std::int64_t c = 0; c < e.c; ++c)
      for (std::int64_t d = 0; d < e.d; ++d) {
        const auto cell = static_cast<std::size_t>(c * e.d + d);
        const double term = g.mean[static_cast<std::size_t>(c)] * hidden[static_cast<std::size_t>(d)];
        gw1[cell] += term, size1[cell] += std::abs(term);
        means[static_cast<std::size_t>(c)] += hidden[static_cast<std::size_t>(d)] * at(host, kW1, c * e.d + d);
      }
    if (!std::ranges::binary_search(images, n)) continue;
    for (const std::int64_t i : sample_places(e.hw * e.c, 40, 19)) {
      const auto c = static_cast<std::size_t>(i % e.c);
      const double direct = at(host, kGy, n * e.hw * e.c + i) * g.scale[c], mean = means[c] / static_cast<double>(e.hw);
      const double size = std::abs(direct) + 8 * std::abs(mean);
      all.push_back({kGx, n * e.hw * e.c + i, direct + mean, 8 * size, size});
    }
  }
  // A term is off by the float32 roundings of the sums behind it: a plane's and two layers'.
  const double slack = 4 + std::sqrt(static_cast<double>(e.hw)) / 4;
  for (const std::int64_t i : sample_places(e.c * e.d, 40, 23)) {
    const auto cell = static_cast<std::size_t>(i);
    all.push_back({kGw1, i, gw1[cell], slack * size1[cell], size1[cell]});
    all.push_back({kGw2, i, gw2[cell], slack * size2[cell], size2[cell]});
  }
  return all;
}

// What the gradient reads: the gates of all images.
void fill_gates(HostTensors& host, const Extents& e) {
  for (std::int64_t n = 0; n < e.n; ++n) {
    const Gate g = gate(host, e, n);
    for (std::int64_t c = 0; c < e.c; ++c) {
      host[kMean].values[static_cast<std::size_t>(n * e.c + c)] =
          static_cast<float>(g.mean[static_cast<std::size_t>(c)]);
      host[kScale].values[static_cast<std::size_t>(n * e.c + c)] =
          static_cast<float>(g.scale[static_cast<std::size_t>(c)]);
    }
    for (std::int64_t d = 0; d < e.d; ++d)
      host[kHidden].values[static_cast<std::size_t>(n * e.d + d)] =
          static_cast<float>(g.hidden[static_cast<std::size_t>(d)]);
  }
}

Job attention_job(const Plan& plan, const Plane& plane, std::int64_t batch, bool back, Store store) {
  const Extents e{batch, plane.size * plane.size, plane.channels, std::max<std::int64_t>(plane.channels / 16, 4)};
  const std::vector<std::int64_t> image = {batch, plane.size, plane.size, e.c}, flat = {e.n, e.hw, e.c};
  const std::vector<std::int64_t> w1 = {e.c, e.d}, w2 = {e.d, e.c}, b1 = {e.d}, b2 = {e.c}, nc = {e.n, e.c},
                                  nd = {e.n, e.d};
  Job job;
  job.family = "squeeze_excite", job.op = back ? "backward" : "forward", job.algorithm = "own";
  job.shape = text_of(plane, batch);
  const Role gates = back ? Role::input : Role::output;
  job.tensors = {{"x", image, Kind::activation, Role::input},
                 {"w1", w1},
                 {"b1", b1},
                 {"w2", w2},
                 {"b2", b2},
                 {"mean", nc, Kind::plain, gates},
                 {"hidden", nd, Kind::plain, gates},
                 {"scale", nc, Kind::plain, gates}};
  if (back) {
    job.tensors.push_back({"gy", image, Kind::activation, Role::input});
    job.tensors.push_back({"gx", image, Kind::activation, Role::output});
    job.tensors.push_back({"gw1", w1, Kind::plain, Role::output});
    job.tensors.push_back({"gb1", b1, Kind::plain, Role::output});
    job.tensors.push_back({"gw2", w2, Kind::plain, Role::output});
    job.tensors.push_back({"gb2", b2, Kind::plain, Role::output});
    job.prepare = [e](HostTensors& host) { fill_gates(host, e); };
  } else {
    job.tensors.push_back({"y", image, Kind::activation, Role::output});
  }
  const double elements = static_cast<double>(e.n * e.hw * e.c);
  job.store = store;
  job.bytes = (store == Store::float32 ? 4 : 2) * elements * (back ? 3 : 2);  // an image's second visit is to the cache
  job.flop = elements * (back ? 4 : 2) + static_cast<double>(e.n * e.c * e.d) * (back ? 12 : 4);
  job.expected = [e, back](const HostTensors& host) {
    return back ? expected_backward(host, e) : expected_forward(host, e);
  };
  job.peers = [e, back](PeerContext& context) { return attention_peers(context, back, e.n, e.hw, e.c, e.d); };
  job.run = [=, device = plan.device](Stream& stream, void* const* t) {
    const KernelTable& k = kernels(device);
    if (back)
      k.squeeze_excite_backward(stream, act<3>(store, t[kX], flat), in<2>(t[kW1], w1), in<2>(t[kW2], w2),
                                in<2>(t[kMean], nc), in<2>(t[kHidden], nd), in<2>(t[kScale], nc),
                                act<3>(store, t[kGy], flat), act<3>(store, t[kGx], flat), out<2>(t[kGw1], w1),
                                out<1>(t[kGb1], b1), out<2>(t[kGw2], w2), out<1>(t[kGb2], b2));
    else
      k.squeeze_excite_forward(stream, act<3>(store, t[kX], flat), in<2>(t[kW1], w1), in<1>(t[kB1], b1),
                               in<2>(t[kW2], w2), in<1>(t[kB2], b2), act<3>(store, t[kY], flat), out<2>(t[kMean], nc),
                               out<2>(t[kHidden], nd), out<2>(t[kScale], nc));
  };
  return job;
}

}  // namespace

std::vector<Job> attention_jobs(const Plan& plan) {
  std::vector<Job> jobs;
  for (const bool back : {false, true})
    for (const Plane& plane : attention_planes(plan.scale))
      for (const std::int64_t batch : batches_of(plan, plane.network))
        for (const Store store : kStores) jobs.push_back(attention_job(plan, plane, batch, back, store));
  return jobs;
}

}  // namespace mueca::bench
