// The small ones that cuDNN has no word for: the optimizer, augmentation, resizing.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "bench/cuda/jobs.h"
#include "bench/cuda/sampled.h"
#include "core/error.h"
#include "core/kernels.h"

namespace mueca::bench {
namespace {

using Extents = std::vector<std::int64_t>;

// --- AdamW over all parameters of a network as one vector

Job adam_job(const Plan& plan, const char* network, std::int64_t count) {
  Job job;
  job.family = "optimizer", job.op = "adamw", job.algorithm = "own", job.shape = str(network, ":", count);
  const Extents line = {count};
  for (const char* name : {"p", "g", "m", "v"})
    job.tensors.push_back({name, line, Kind::plain, name[0] == 'g' ? Role::input : Role::in_place});
  job.bytes = 28.0 * static_cast<double>(count), job.flop = 14.0 * static_cast<double>(count);
  job.tensors.push_back({"numbers", {1}, Kind::raw, Role::input});
  const AdamStep how{.weight_decay = 0.01f};
  const StepNumbers now{.lr = 1e-3f, .correction1 = 0.1f, .correction2 = 0.001f};
  job.prepare = [now](HostTensors& host) {
    for (float& v : host[3].values) v = std::abs(v);
    host[4].bytes.resize(sizeof now);
    std::memcpy(host[4].bytes.data(), &now, sizeof now);
  };
  job.expected = [how, now](const HostTensors& host) {
    std::vector<Expected> all;
    for (const std::int64_t i : sample_places(host[0].spec.count(), 200, 37)) {
      const double p = at(host, 0, i), g = at(host, 1, i);
      const double m = double{how.beta1} * at(host, 2, i) + (1 - double{how.beta1}) * g;
      const double v = double{how.beta2} * at(host, 3, i) + (1 - double{how.beta2}) * g * g;
      const double step = m / double{now.correction1} / (std::sqrt(v / double{now.correction2}) + double{how.epsilon});
      const double value = p - double{now.lr} * (step + double{how.weight_decay} * p);
      all.push_back(about(0, i, value, 4 * std::abs(p) + 1e-2 * std::abs(step)));
      all.push_back(about(2, i, m, 4));
      all.push_back(about(3, i, v, 4));
    }
    return all;
  };
  job.run = [=, device = plan.device](Stream& s, void* const* t) {
    const Numbers numbers{static_cast<const StepNumbers*>(t[4]), {1}};
    kernels(device).adam_step(s, out<1>(t[0], line), in<1>(t[1], line), out<1>(t[2], line), out<1>(t[3], line), numbers,
                              how);
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
  std::vector<Job> jobs;  // the longest last, so that a run that ends early has seen every family
  for (auto* family : {small_jobs, softmax_jobs, pool_jobs, attention_jobs, norm_jobs, conv_norm_jobs, conv_jobs})
    for (Job& job : family(plan)) jobs.push_back(std::move(job));
  return jobs;
}

}  // namespace mueca::bench
