// Batch normalisation in training and at inference, with the ReLU and the residual sum that networks fuse into it.
#include <algorithm>
#include <cmath>

#include "bench/cuda/cudnn_peers.h"
#include "bench/cuda/jobs.h"
#include "core/kernels.h"

namespace mueca::bench {
namespace {

constexpr float kEpsilon = 1e-3f;
constexpr int kChannelsChecked = 6, kRowsChecked = 40;

// A channel's statistics over all rows, in double.
struct Moments {
  double mean = 0, variance = 0, inverse = 0, mean_size = 0;  // mean_size: the mean of |x|
};
std::vector<Moments> moments(const std::vector<float>& x, std::int64_t channels) {
  std::vector<Moments> all(static_cast<std::size_t>(channels));
  const std::size_t c = all.size();
  const double rows = static_cast<double>(x.size() / c);
  for (std::size_t i = 0; i < x.size(); ++i) all[i % c].mean += x[i], all[i % c].mean_size += std::abs(x[i]);
  for (Moments& m : all) m.mean /= rows, m.mean_size /= rows;
  for (std::size_t i = 0; i < x.size(); ++i) all[i % c].variance += std::pow(x[i] - all[i % c].mean, 2);
  for (Moments& m : all) m.variance /= rows, m.inverse = 1 / std::sqrt(m.variance + kEpsilon);
  return all;
}

double clip(double v, Activation a) {
  return a == Activation::none ? v : a == Activation::relu ? std::max(v, 0.0) : std::clamp(v, 0.0, 6.0);
}
bool passes(float y, Activation a) { return a == Activation::none || (y > 0 && (a == Activation::relu || y < 6)); }

// Numbers of the tensors in a job, by what they are; -1: not in this job.
struct Numbers {
  int x = 0, gamma = -1, beta = -1, residual = -1, y = -1, gy = -1, mean = -1, variance = -1, inverse = -1;
  int gx = -1, ggamma = -1, gbeta = -1, gresidual = -1;
};

double value_at(const HostTensors& host, int tensor, std::int64_t i) {
  return host[static_cast<std::size_t>(tensor)].values[static_cast<std::size_t>(i)];
}

// y of element i of channel c, and the size of its terms.
Expected output(const HostTensors& host, const Numbers& n, std::int64_t i, std::int64_t c, const Moments& m,
                Activation act) {
  const double scaled = (value_at(host, n.x, i) - m.mean) * m.inverse * value_at(host, n.gamma, c);
  const double beta = value_at(host, n.beta, c), extra = n.residual < 0 ? 0 : value_at(host, n.residual, i);
  const double size =
      (std::abs(value_at(host, n.x, i)) + m.mean_size) * m.inverse * std::abs(value_at(host, n.gamma, c));
  return {static_cast<std::size_t>(n.y), i, clip(scaled + beta + extra, act),
          2 * (size + std::abs(beta) + std::abs(extra)), size};
}

void fill_parameters(HostTensors& host, const Numbers& n, std::int64_t channels, Activation act) {
  for (float& g : host[static_cast<std::size_t>(n.gamma)].values) g = 1 + g / 2;
  const auto ms = moments(host[static_cast<std::size_t>(n.x)].values, channels);
  const auto put = [&](int tensor, auto member) {
    if (tensor < 0) return;
    auto& values = host[static_cast<std::size_t>(tensor)].values;
    if (host[static_cast<std::size_t>(tensor)].spec.role == Role::output) return;
    for (std::size_t c = 0; c < ms.size(); ++c) values[c] = static_cast<float>(ms[c].*member);
  };
  put(n.mean, &Moments::mean), put(n.variance, &Moments::variance), put(n.inverse, &Moments::inverse);
  if (n.gy < 0) return;
  auto& y = host[static_cast<std::size_t>(n.y)].values;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i), c = at % channels;
    y[i] = static_cast<float>(output(host, n, at, c, ms[static_cast<std::size_t>(c)], act).value);
  }
}

std::vector<Expected> expected(const HostTensors& host, const Numbers& n, std::int64_t channels, BatchNorm how,
                               bool training) {
  const auto rows = static_cast<std::int64_t>(host[static_cast<std::size_t>(n.x)].values.size()) / channels;
  const auto places = sample_places(rows, kRowsChecked, 11);
  std::vector<Expected> all;
  for (const std::int64_t c : sample_places(channels, kChannelsChecked, 13)) {
    Moments m;
    for (std::int64_t r = 0; r < rows; ++r) {
      const double x = value_at(host, n.x, r * channels + c);
      m.mean += x / static_cast<double>(rows), m.mean_size += std::abs(x) / static_cast<double>(rows);
    }
    for (std::int64_t r = 0; r < rows; ++r)
      m.variance += std::pow(value_at(host, n.x, r * channels + c) - m.mean, 2) / static_cast<double>(rows);
    m.inverse = 1 / std::sqrt(m.variance + how.epsilon);
    if (n.gy < 0) {
      for (const std::int64_t r : places) all.push_back(output(host, n, r * channels + c, c, m, how.activation));
      if (!training) continue;
      all.push_back({static_cast<std::size_t>(n.mean), c, m.mean, m.mean_size, m.mean_size});
      all.push_back({static_cast<std::size_t>(n.variance), c, m.variance, 2 * m.variance, m.variance});
      continue;
    }
    double s1 = 0, s2 = 0, size1 = 0, size2 = 0;
    const auto gradient = [&](std::int64_t r) {
      const std::int64_t i = r * channels + c;
      const auto y = static_cast<float>(value_at(host, n.y, i));
      return passes(y, how.activation) ? value_at(host, n.gy, i) : 0.0;
    };
    const auto normal = [&](std::int64_t r) { return (value_at(host, n.x, r * channels + c) - m.mean) * m.inverse; };
    for (std::int64_t r = 0; r < rows; ++r) {
      const double g = gradient(r), gx = g * normal(r);
      s1 += g, s2 += gx, size1 += std::abs(g), size2 += std::abs(gx);
    }
    const double gamma = value_at(host, n.gamma, c) * m.inverse, count = static_cast<double>(rows);
    all.push_back({static_cast<std::size_t>(n.ggamma), c, s2, 2 * size2, std::sqrt(size2)});
    all.push_back({static_cast<std::size_t>(n.gbeta), c, s1, size1, std::sqrt(size1)});
    for (const std::int64_t r : places) {
      const double g = gradient(r), value = gamma * (g - s1 / count - normal(r) * s2 / count);
      const double size = std::abs(gamma) * (std::abs(g) + size1 / count + std::abs(normal(r)) * size2 / count);
      all.push_back({static_cast<std::size_t>(n.gx), r * channels + c, value, 2 * size, size});
      if (n.gresidual >= 0) all.push_back({static_cast<std::size_t>(n.gresidual), r * channels + c, g, std::abs(g), 0});
    }
  }
  return all;
}

enum class Phase { forward, backward, inference };

Job norm_job(const Plan& plan, Phase phase, const Plane& plane, std::int64_t batch, Activation act, bool add,
             Store store) {
  const std::int64_t c = plane.channels;
  const std::vector<std::int64_t> full = {batch, plane.size, plane.size, c};
  const std::vector<std::int64_t> rows = {batch * plane.size * plane.size, c}, line = {c};
  Job job;
  job.family = "batch_norm", job.algorithm = "own", job.shape = text_of(plane, batch);
  const char* const phases[] = {"forward", "backward", "inference"};
  job.op = std::string(add ? "add_" : "") +
           (act == Activation::none   ? ""
            : act == Activation::relu ? "relu_"
                                      : "relu6_") +
           phases[static_cast<int>(phase)];
  Numbers n;
  const auto tensor = [&](const char* name, bool whole, Role role) {
    job.tensors.push_back({name, whole ? full : line, whole ? Kind::activation : Kind::plain, role});
    return static_cast<int>(job.tensors.size()) - 1;
  };
  n.x = tensor("x", true, Role::input);
  n.gamma = tensor("gamma", false, Role::input), n.beta = tensor("beta", false, Role::input);
  if (add) n.residual = tensor("residual", true, Role::input);
  const bool back = phase == Phase::backward;
  n.y = tensor("y", true, back ? Role::input : Role::output);
  const Role statistics = phase == Phase::forward ? Role::output : Role::input;
  n.mean = tensor("mean", false, statistics), n.variance = tensor("variance", false, statistics);
  if (back) {
    n.inverse = tensor("inverse", false, Role::input), n.gy = tensor("gy", true, Role::input);
    n.gx = tensor("gx", true, Role::output);
    n.ggamma = tensor("ggamma", false, Role::output), n.gbeta = tensor("gbeta", false, Role::output);
    if (add) n.gresidual = tensor("gresidual", true, Role::output);
  }
  // Passes over memory: x twice and y forward; x and gy twice and gx back, y for the mask; a residual once more.
  const double passes_over = (phase == Phase::inference ? 2 : phase == Phase::forward ? 3 : 5) + add;
  const double masked = act == Activation::none ? 0 : 1, elements = static_cast<double>(rows[0] * c);
  job.store = store, job.bytes = (store == Store::float32 ? 4 : 2) * elements * (passes_over + (back ? masked : 0));
  job.flop = elements * ((back ? 9 : phase == Phase::forward ? 5 : 2) + masked + (back ? 0 : add));
  const BatchNorm how{kEpsilon, act};
  job.prepare = [n, c, act](HostTensors& host) { fill_parameters(host, n, c, act); };
  job.expected = [n, c, how, training = phase != Phase::inference](const HostTensors& host) {
    return expected(host, n, c, how, training);
  };
  job.peers = [back, act, add, inference = phase == Phase::inference](PeerContext& context) {
    return norm_peers(context, back, inference, act, add, kEpsilon);
  };
  job.run = [n, rows, line, how, phase, store, device = plan.device](Stream& stream, void* const* t) {
    const KernelTable& k = kernels(device);
    const auto wide = [&](int i) { return i < 0 ? Activations<2>() : bench::act<2>(store, t[i], rows); };
    const auto one = [&](int i) { return in<1>(t[i], line); };
    const auto one_out = [&](int i) { return out<1>(t[i], line); };
    if (phase == Phase::forward)
      k.batch_norm_forward(stream, wide(n.x), one(n.gamma), one(n.beta), wide(n.residual), wide(n.y), one_out(n.mean),
                           one_out(n.variance), {}, {}, 0, how);
    else if (phase == Phase::inference)
      k.batch_norm_inference_forward(stream, wide(n.x), one(n.gamma), one(n.beta), one(n.mean), one(n.variance),
                                     wide(n.residual), wide(n.y), how);
    else
      k.batch_norm_backward(stream, wide(n.x), wide(n.y), wide(n.gy), one(n.gamma), one(n.mean), one(n.variance),
                            wide(n.gx), one_out(n.ggamma), one_out(n.gbeta), wide(n.gresidual), how);
  };
  return job;
}

}  // namespace

std::vector<Job> norm_jobs(const Plan& plan) {
  std::vector<Job> jobs;
  for (const Phase phase : {Phase::forward, Phase::backward, Phase::inference})
    for (const Plane& plane : norm_planes(plan.scale))
      for (const std::int64_t batch : batches_of(plan, plane.network))
        for (const Store store : kStores) {
          const bool mobile = std::string_view(plane.network) == "mobilenet_v2";
          const auto add = [&](Activation act, bool residual) {
            jobs.push_back(norm_job(plan, phase, plane, batch, act, residual, store));
          };
          add(mobile ? Activation::relu6 : Activation::relu, false);
          if (mobile)
            add(Activation::none, false);
          else if (phase != Phase::inference)
            add(Activation::relu, true);
        }
  return jobs;
}

}  // namespace mueca::bench
