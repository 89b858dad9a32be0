// One training step - forward, loss, backward, AdamW - of a network: time and memory.
// mueca_step NETWORK [--batch N] [--threads N] [--steps N] [--cpu-time] [--device cuda [--precision tf32|bf16]]  prints
// a line for people; mueca_step NETWORK --serve  runs N steps for each line "N" on stdin and answers with one JSON
// line, so that bench/against_pytorch.py and against_pytorch_cuda.py can take turns with their peers. All know the
// networks by these names. On the CPU each step is timed by itself; on a GPU a block of steps is, with the device
// drained at both ends and not between, and each step is given the block's mean.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "core/gpu.h"
#include "core/memory.h"
#include "core/ops.h"
#include "core/parallel.h"
#include "core/precision.h"
#include "nn/registry.h"
#include "nn/step.h"

namespace mueca {
namespace {

const std::map<std::string, ModelConfig> kNetworks = {
    {"baseline_cnn", {.name = "baseline_cnn"}},
    {"se_cnn", {.name = "se_cnn"}},
    {"se_resnet", {.name = "se_resnet", .width = 0.5f}},  // base width 32
    {"mobilenet_v2_48", {.name = "mobilenet_v2", .size = 48}},
    {"mobilenet_v2_96", {.name = "mobilenet_v2", .size = 96}},
};

// A field of /proc/self/status in KiB: VmHWM is the most memory the process ever had in RAM, VmRSS what it has now.
long status_kib(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(field + ":")) return std::stol(line.substr(field.size() + 1));
  return 0;
}

// Wall clock, or the time this process's threads have had a processor: the one to trust, with --threads 1, on a
// machine that is busy with other things.
double now_ms(bool cpu_time) {
  timespec t{};
  clock_gettime(cpu_time ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) * 1e-6;
}

class Step {
 public:
  Step(const ModelConfig& config, Index batch, Device device, bool cpu_time)
      : device_(device),
        cpu_time_(cpu_time),
        model_(make_model(config, device)),
        optimizer_({.kind = "adamw", .weight_decay = 0.01f}, model_->parameters),
        step_(*model_, optimizer_, nullptr, {}) {
    Random random({1, RandomStream::test});
    Tensor x({batch, config.size, config.size, 1});
    for (float& v : x.span()) v = random.uniform(-1, 1);
    x_ = x.to(device);
    std::vector<std::int32_t> labels(static_cast<std::size_t>(batch));
    for (std::int32_t& l : labels) l = static_cast<std::int32_t>(random.below(7));
    targets_ = one_hot(Tensor::from<std::int32_t>({batch}, labels, device), 7);
  }

  std::vector<double> run(long count) {  // milliseconds of each
    std::vector<double> ms;
    while (std::ssize(ms) < count) {
      const long block = device_ == Device::cuda ? count : 1;
      synchronize(device_);
      const double begin = now_ms(cpu_time_);
      for (long i = 0; i < block; ++i) {
        step_.start(source_, x_.extent(0), count_++, 1e-3f);
        if (i > 0) check_figures();  // of the step before: the device has the next one already
      }
      check_figures();
      synchronize(device_);
      ms.insert(ms.end(), static_cast<std::size_t>(block), (now_ms(cpu_time_) - begin) / static_cast<double>(block));
    }
    return ms;
  }

  Index parameters() const { return model_->parameters.trainable_count(); }

 private:
  void check_figures() { check(std::isfinite(step_.figures().loss), "step: the loss is not finite"); }

  Device device_;
  bool cpu_time_;
  std::unique_ptr<Model> model_;
  Optimizer optimizer_;
  Tensor x_, targets_;  // [N, S, S, 1], [N, 7]
  const BatchSource source_{1, {}, [this] { return Batch{x_, targets_}; }};
  TrainingStep step_;
  std::uint32_t count_ = 0;
};

// {"parameters": ..., "ms": [...], "peak_mib": ..., "idle_mib": ...}; idle: before the first step
void answer(const Step& step, const std::vector<double>& ms, long idle_kib) {
  std::printf("{\"parameters\": %ld, \"ms\": [", static_cast<long>(step.parameters()));
  for (std::size_t i = 0; i < ms.size(); ++i) std::printf("%s%.4f", i ? ", " : "", ms[i]);
  std::printf("], \"peak_mib\": %.1f, \"idle_mib\": %.1f}\n", static_cast<double>(status_kib("VmHWM")) / 1024,
              static_cast<double>(idle_kib) / 1024);
  std::fflush(stdout);
}

void print_for_people(const std::string& name, Step& step, Index batch, Device device, long steps) {
  step.run(3);  // a step that is recorded is itself from the third on
  reset_peak(device);
  std::vector<double> ms = step.run(steps);
  std::ranges::sort(ms);
  const double median = ms[ms.size() / 2];
  std::printf(
      "%-16s %9ld parameters  %8.1f ms min  %8.1f ms median  %7.1f images/s  %7.1f MiB tensors  %7.1f MiB VmHWM\n",
      name.c_str(), static_cast<long>(step.parameters()), ms.front(), median,
      static_cast<double>(batch) * 1000 / median, static_cast<double>(memory_stats(device).peak) / (1 << 20),
      static_cast<double>(status_kib("VmHWM")) / 1024);
}

void run(const std::vector<std::string>& args) {
  std::string known;
  for (const auto& [name, config] : kNetworks) known += " " + name;
  check(!args.empty() && kNetworks.contains(args[0]),
        "usage: mueca_step NETWORK [--batch N] [--threads N] [--cpu-time] [--device cpu|cuda|emulated] ",
        "[--precision float32|tf32|bf16] [--steps N | --serve]; networks:", known);
  std::map<std::string, long> number = {{"--batch", 64}, {"--threads", 2}, {"--steps", 10}};
  Device device = Device::cpu;
  bool serve = false, cpu_time = false;
  for (std::size_t i = 1; i < args.size(); ++i) {
    if (args[i] == "--serve" || args[i] == "--cpu-time") {
      (args[i] == "--serve" ? serve : cpu_time) = true;
      continue;
    }
    if ((args[i] == "--device" || args[i] == "--precision") && i + 1 < args.size()) {
      if (args[i] == "--device")
        device = parse_device(args[i + 1]);
      else
        set_precision(parse_precision(args[i + 1]));
      ++i;
      continue;
    }
    check(number.contains(args[i]) && i + 1 < args.size(), "mueca_step: unknown or incomplete option ", args[i]);
    parse_field(args[i], args[i + 1], number[args[i]]);
    check(number[args[i]] >= 1, args[i], ": must be at least 1, got ", args[i + 1]);
    ++i;
  }
  set_thread_count(static_cast<int>(number["--threads"]));
  check(has_device(device), "no device ", name_of(device), ": ", why_no_cuda());
  check(device != Device::cuda || !cpu_time, "--cpu-time: a GPU's steps take none of it");
  Step step(kNetworks.at(args[0]), number["--batch"], device, cpu_time);
  if (!serve) return print_for_people(args[0], step, number["--batch"], device, number["--steps"]);
  const long idle = status_kib("VmRSS");
  long count = 0;
  while (std::cin >> count) answer(step, step.run(count), idle);
}

}  // namespace
}  // namespace mueca

int main(int argc, char** argv) {
  try {
    mueca::run({argv + 1, argv + argc});
  } catch (const std::exception& e) {
    std::fprintf(stderr, "mueca_step: %s\n", e.what());
    return 1;
  }
}
