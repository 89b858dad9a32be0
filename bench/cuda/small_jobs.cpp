// The small ones: softmax and cross-entropy of seven classes, pooling, the optimizer, augmentation, resizing.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "bench/cuda/cudnn_peers.h"
#include "bench/cuda/jobs.h"
#include "core/error.h"
#include "core/kernels.h"

namespace mueca::bench {
namespace {

using Extents = std::vector<std::int64_t>;

double at(const HostTensors& host, std::size_t tensor, std::int64_t i) {
  return host[tensor].values[static_cast<std::size_t>(i)];
}
Expected about(std::size_t tensor, std::int64_t i, double value, double magnitude) {
  return {tensor, i, value, magnitude, magnitude};
}
double bytes_of(const std::vector<TensorSpec>& tensors) {
  double bytes = 0;
  for (const TensorSpec& t : tensors)
    if (t.kind != Kind::raw) bytes += 4.0 * static_cast<double>(t.count());
  return bytes;
}

// --- softmax and cross-entropy, rows of K classes

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

// --- 2x2 pooling, stride 2

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

Job pool_job(const Plan& plan, const Plane& plane, std::int64_t batch, bool maximum, bool back) {
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
  job.bytes = bytes_of(job.tensors), job.flop = static_cast<double>(batch * plane.size * plane.size * c);
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
    if (!back && maximum) k.max_pool_forward(s, in<4>(t[0], x), out<4>(t[1], y), {});
    if (!back && !maximum) k.avg_pool_forward(s, in<4>(t[0], x), out<4>(t[1], y), {});
    if (back && maximum) k.max_pool_backward(s, in<4>(t[0], x), in<4>(t[1], y), in<4>(t[2], y), out<4>(t[3], x), {});
    if (back && !maximum) k.avg_pool_backward(s, in<4>(t[0], y), out<4>(t[1], x), {});
  };
  job.peers = [=](PeerContext& context) { return pool_peers(context, maximum, back); };
  return job;
}

// --- AdamW over all parameters of a network as one vector

Job adam_job(const Plan& plan, const char* network, std::int64_t count) {
  Job job;
  job.family = "optimizer", job.op = "adamw", job.algorithm = "own", job.shape = str(network, ":", count);
  const Extents line = {count};
  for (const char* name : {"p", "g", "m", "v"})
    job.tensors.push_back({name, line, Kind::plain, name[0] == 'g' ? Role::input : Role::in_place});
  job.bytes = 28.0 * static_cast<double>(count), job.flop = 14.0 * static_cast<double>(count);
  const AdamStep how{.lr = 1e-3f, .weight_decay = 0.01f, .correction1 = 0.1f, .correction2 = 0.001f};
  job.prepare = [](HostTensors& host) {
    for (float& v : host[3].values) v = std::abs(v);
  };
  job.expected = [how](const HostTensors& host) {
    std::vector<Expected> all;
    for (const std::int64_t i : sample_places(host[0].spec.count(), 200, 37)) {
      const double p = at(host, 0, i), g = at(host, 1, i);
      const double m = double{how.beta1} * at(host, 2, i) + (1 - double{how.beta1}) * g;
      const double v = double{how.beta2} * at(host, 3, i) + (1 - double{how.beta2}) * g * g;
      const double step = m / double{how.correction1} / (std::sqrt(v / double{how.correction2}) + double{how.epsilon});
      const double value = p - double{how.lr} * (step + double{how.weight_decay} * p);
      all.push_back(about(0, i, value, 4 * std::abs(p) + 1e-2 * std::abs(step)));
      all.push_back(about(2, i, m, 4));
      all.push_back(about(3, i, v, 4));
    }
    return all;
  };
  job.run = [=, device = plan.device](Stream& s, void* const* t) {
    kernels(device).adam_step(s, out<1>(t[0], line), in<1>(t[1], line), out<1>(t[2], line), out<1>(t[3], line), how);
  };
  job.note = "cuDNN has no such operation";
  return job;
}

// --- augmentation: uint8 images of the pack to float images of a batch, in one pass

Job augment_job(const Plan& plan, std::int64_t images, std::int64_t batch, std::int64_t size) {
  Job job;
  job.family = "data", job.op = "augment", job.algorithm = "own", job.shape = str("fer:", batch, "x", size, "x", size);
  const Extents pack = {images, size, size}, y = {batch, size, size, 1};
  job.tensors = {{"images", pack, Kind::raw, Role::input},
                 {"samples", {batch}, Kind::raw, Role::input},
                 {"y", y, Kind::activation, Role::output}};
  const double pixels = static_cast<double>(batch * size * size);
  job.bytes = 5 * pixels, job.flop = 25 * pixels;
  constexpr float kScale = 1 / 127.5f, kShift = -1;
  job.prepare = [=](HostTensors& host) {
    const auto values = noise(images * size * size, 41);
    for (const float v : values) host[0].bytes.push_back(static_cast<std::byte>(static_cast<int>((v + 1) * 127)));
    host[1].bytes.resize(static_cast<std::size_t>(batch) * sizeof(AugmentSample));
    for (std::int64_t n = 0; n < batch; ++n) {  // turned by up to a tenth and moved by up to two pixels
      AugmentSample sample;
      const float turn = 0.1f * values[static_cast<std::size_t>(n)],
                  move = 2 * values[static_cast<std::size_t>(n + batch)];
      sample.first.source = static_cast<std::int32_t>(n * 7919 % images);
      const float m[6] = {1, turn, move, -turn, 1, -move};
      std::ranges::copy(m, sample.first.m);
      std::memcpy(host[1].bytes.data() + static_cast<std::size_t>(n) * sizeof sample, &sample, sizeof sample);
    }
  };
  job.expected = [=](const HostTensors& host) {
    std::vector<Expected> all;
    for (const std::int64_t i : sample_places(batch * size * size, 200, 43)) {
      AugmentSample sample;
      std::memcpy(&sample, host[1].bytes.data() + static_cast<std::size_t>(i / size / size) * sizeof sample,
                  sizeof sample);
      const double p = static_cast<double>(i / size % size), q = static_cast<double>(i % size);
      const auto place = [&](const float* m) {
        return std::clamp(m[0] * p + m[1] * q + m[2], 0.0, static_cast<double>(size - 1));
      };
      const double row = place(sample.first.m), column = place(sample.first.m + 3);
      const auto pixel = [&](double h, double w) {
        const auto hh = std::min<std::int64_t>(static_cast<std::int64_t>(h), size - 1);
        const auto ww = std::min<std::int64_t>(static_cast<std::int64_t>(w), size - 1);
        return static_cast<double>(
            host[0].bytes[static_cast<std::size_t>((sample.first.source * size + hh) * size + ww)]);
      };
      const double v = row - std::floor(row), h = column - std::floor(column);
      const double gray = (1 - v) * ((1 - h) * pixel(row, column) + h * pixel(row, column + 1)) +
                          v * ((1 - h) * pixel(row + 1, column) + h * pixel(row + 1, column + 1));
      // A coordinate is off by a few roundings of its size; between neighbours gray values differ by 255 at most.
      all.push_back(about(2, i, gray * kScale + kShift, 8 + 2 * static_cast<double>(size)));
    }
    return all;
  };
  job.run = [=, device = plan.device](Stream& s, void* const* t) {
    Images from;
    from.data = static_cast<const std::uint8_t*>(t[0]);
    std::ranges::copy(pack, from.extent);
    Samples samples;
    samples.data = static_cast<const AugmentSample*>(t[1]), samples.extent[0] = batch;
    kernels(device).augment(s, from, samples, out<4>(t[2], y), kScale, kShift);
  };
  job.note = "cuDNN has no such operation";
  return job;
}

// --- bilinear resizing, 48 to 96 pixels

Job resize_job(const Plan& plan, std::int64_t batch, std::int64_t size) {
  const Extents x = {batch, size, size, 1}, y = {batch, 2 * size, 2 * size, 1};
  Job job;
  job.family = "data", job.op = "resize_forward", job.algorithm = "own",
  job.shape = str("fer:", batch, "x", size, "-", 2 * size);
  job.tensors = {{"x", x, Kind::activation, Role::input}, {"y", y, Kind::activation, Role::output}};
  job.bytes = bytes_of(job.tensors), job.flop = 8.0 * static_cast<double>(4 * batch * size * size);
  job.expected = [=](const HostTensors& host) {
    std::vector<Expected> all;
    for (const std::int64_t i : sample_places(4 * batch * size * size, 200, 47)) {
      const auto source = [&](std::int64_t place) {
        return std::clamp((static_cast<double>(place) + 0.5) / 2 - 0.5, 0.0, static_cast<double>(size - 1));
      };
      const double row = source(i / (2 * size) % (2 * size)), column = source(i % (2 * size));
      const std::int64_t n = i / (4 * size * size);
      const auto pixel = [&](double h, double w) {
        const auto hh = std::min<std::int64_t>(static_cast<std::int64_t>(h), size - 1);
        const auto ww = std::min<std::int64_t>(static_cast<std::int64_t>(w), size - 1);
        return at(host, 0, (n * size + hh) * size + ww);
      };
      const double v = row - std::floor(row), h = column - std::floor(column);
      all.push_back(about(1, i,
                          (1 - v) * ((1 - h) * pixel(row, column) + h * pixel(row, column + 1)) +
                              v * ((1 - h) * pixel(row + 1, column) + h * pixel(row + 1, column + 1)),
                          4));
    }
    return all;
  };
  job.run = [=, device = plan.device](Stream& s, void* const* t) {
    kernels(device).resize_bilinear_forward(s, in<4>(t[0], x), out<4>(t[1], y));
  };
  job.note = "cuDNN resamples with corners aligned otherwise: no peer";
  return job;
}

}  // namespace

std::vector<Job> small_jobs(const Plan& plan) {
  const bool tiny = plan.scale == Scale::tiny;
  std::vector<Job> jobs;
  for (const Rows what : {Rows::softmax, Rows::softmax_back, Rows::cross_entropy})
    for (const std::int64_t batch : plan.batches) jobs.push_back(rows_job(plan, what, batch, 7));
  for (const bool back : {false, true})
    for (const bool maximum : {true, false})
      for (const Plane& plane : pool_planes(plan.scale))
        for (const std::int64_t batch : batches_of(plan, plane.network))
          jobs.push_back(pool_job(plan, plane, batch, maximum, back));
  if (tiny)
    jobs.push_back(adam_job(plan, "tiny", 1000));
  else
    for (const auto& [network, count] :
         {std::pair{"baseline", 3490000}, {"se_resnet", 2820000}, {"mobilenet_v2", 2230000}})
      jobs.push_back(adam_job(plan, network, count));
  for (const std::int64_t batch : plan.batches) {
    jobs.push_back(augment_job(plan, tiny ? 9 : 28709, batch, tiny ? 8 : 48));
    jobs.push_back(resize_job(plan, batch, tiny ? 6 : 48));
  }
  return jobs;
}

std::vector<Job> all_jobs(const Plan& plan) {
  std::vector<Job> jobs;
  for (auto* family : {conv_jobs, norm_jobs, conv_norm_jobs, attention_jobs, small_jobs})
    for (Job& job : family(plan)) jobs.push_back(std::move(job));
  return jobs;
}

}  // namespace mueca::bench
