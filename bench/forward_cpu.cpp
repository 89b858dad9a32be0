// One forward pass of a network on the CPU, in inference mode: the latency of an answer.
// mueca_forward make NETWORK FILE  writes a checkpoint with random weights and statistics that are not trivial;
// mueca_forward run FILE INPUT [--threads N]  answers each line "N" on stdin with one JSON line: the times of N passes
// over INPUT (raw float32, [B, size, size, channels]) and the logits. bench/against_onnxruntime.py takes turns with it.
#include <time.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "core/autograd.h"
#include "core/parallel.h"
#include "core/random.h"
#include "nn/checkpoint.h"
#include "nn/inference.h"
#include "nn/registry.h"

namespace mueca {
namespace {

const std::map<std::string, ModelConfig> kNetworks = {
    {"baseline_cnn", {.name = "baseline_cnn"}},
    {"baseline_cnn_gap", {.name = "baseline_cnn", .variant = "gap"}},
    {"se_cnn", {.name = "se_cnn"}},
    {"se_resnet", {.name = "se_resnet", .width = 0.5f}},  // base width 32
    {"mobilenet_v2_48", {.name = "mobilenet_v2", .size = 48}},
    {"mobilenet_v2_96", {.name = "mobilenet_v2", .size = 96}},
};

double now_ms(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) * 1e-6;
}

void make(const std::string& name, const std::string& file) {
  check(kNetworks.contains(name), "mueca_forward: no network ", name);
  const auto model = make_model(kNetworks.at(name));
  Random random({1, RandomStream::test});
  for (Parameter& p : model->parameters) {
    const bool mean = p.name.ends_with("moving_mean") || p.name.ends_with("beta") || p.name.ends_with("bias");
    const bool positive = p.name.ends_with("moving_variance") || p.name.ends_with("gamma");
    for (float& v : p.value.span())
      if (mean || positive) v = positive ? random.uniform(0.5f, 1.5f) : random.uniform(-0.2f, 0.2f);
  }
  save_checkpoint(file, *model, nullptr, nullptr, {});
}

Tensor read_input(const Model& model, const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  const std::vector<char> bytes((std::istreambuf_iterator<char>(in)), {});
  const Index image = Index{model.input.size} * model.input.size * model.input.channels;
  const Index batch = static_cast<Index>(bytes.size() / sizeof(float)) / image;
  check(batch > 0, file, ": holds no image of ", image, " float32 values");
  const Tensor x({batch, model.input.size, model.input.size, model.input.channels});
  std::copy_n(bytes.data(), static_cast<std::size_t>(x.size()) * sizeof(float), reinterpret_cast<char*>(x.data()));
  return x;
}

void print_list(const char* name, const std::vector<double>& values, const char* end) {
  std::printf("\"%s\": [", name);
  for (std::size_t i = 0; i < values.size(); ++i) std::printf("%s%.9g", i ? ", " : "", values[i]);
  std::printf("]%s", end);
}

void serve(const std::string& file, const std::string& input, int threads) {
  set_thread_count(threads);
  const auto model = load_model(file);
  InferenceForm form(*model);
  const Tensor x = read_input(*model, input);
  const NoGrad no_grad;
  for (long count = 0; std::cin >> count;) {
    std::vector<double> wall, processor;
    Tensor logits;
    for (long i = 0; i < count; ++i) {
      const double wall_before = now_ms(CLOCK_MONOTONIC), processor_before = now_ms(CLOCK_PROCESS_CPUTIME_ID);
      logits = form.forward(x);
      processor.push_back(now_ms(CLOCK_PROCESS_CPUTIME_ID) - processor_before);
      wall.push_back(now_ms(CLOCK_MONOTONIC) - wall_before);
    }
    const auto values = logits.to_vector();
    std::printf("{");
    print_list("wall", wall, ", ");
    print_list("processor", processor, ", ");
    print_list("logits", {values.begin(), values.end()}, "}\n");
    std::fflush(stdout);
  }
}

void run(const std::vector<std::string>& args) {
  constexpr const char* kUsage = "usage: mueca_forward make NETWORK FILE | mueca_forward run FILE INPUT [--threads N]";
  check(args.size() >= 3, kUsage);
  if (args[0] == "make" && args.size() == 3) return make(args[1], args[2]);
  int threads = 1;
  if (args.size() == 5 && args[3] == "--threads") parse_field("--threads", args[4], threads);
  check(args[0] == "run" && (args.size() == 3 || args.size() == 5) && threads >= 1, kUsage);
  serve(args[1], args[2], threads);
}

}  // namespace
}  // namespace mueca

int main(int argc, char** argv) {
  try {
    mueca::run({argv + 1, argv + argc});
  } catch (const std::exception& e) {
    std::fprintf(stderr, "mueca_forward: %s\n", e.what());
    return 1;
  }
}
