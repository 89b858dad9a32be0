// The linear maps of the networks on the CPU, every algorithm of the convolution family beside oneDNN as the peer:
// conv2d/PASS/LAYER/ALGORITHM, FLOP of the definition (a Winograd product counts in full), bytes of each tensor once.
// Batch 64.
// CPU time is the calling thread's: with OMP_NUM_THREADS=1 it is the figure to trust on a busy machine.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "bench/work.h"
#include "core/error.h"
#include "core/parallel.h"
#include "core/random.h"
#include "kernels/cpu/algorithms.h"

namespace mueca {
namespace {

constexpr std::int64_t kBatch = 64;

struct Layer {
  const char* network;
  std::int64_t size, c, k, filter;
  int stride;
};

const Layer kLayers[] = {
    {"baseline", 48, 1, 32, 3, 1},    {"baseline", 48, 32, 64, 3, 1},    {"baseline", 24, 64, 128, 3, 1},
    {"baseline", 24, 128, 128, 3, 1}, {"baseline", 12, 128, 256, 3, 1},  {"baseline", 12, 256, 256, 3, 1},
    {"se_resnet", 48, 32, 32, 3, 1},  {"se_resnet", 48, 32, 64, 3, 2},   {"se_resnet", 48, 32, 64, 1, 2},
    {"se_resnet", 24, 64, 64, 3, 1},  {"se_resnet", 12, 128, 128, 3, 1}, {"se_resnet", 6, 256, 256, 3, 1},
    {"mobilenet", 48, 3, 32, 3, 2},   {"mobilenet", 24, 16, 96, 1, 1},   {"mobilenet", 12, 96, 24, 1, 1},
    {"mobilenet", 12, 24, 144, 1, 1}, {"mobilenet", 6, 144, 32, 1, 1},   {"mobilenet", 6, 32, 192, 1, 1},
    {"mobilenet", 3, 64, 384, 1, 1},  {"mobilenet", 3, 576, 96, 1, 1},   {"mobilenet", 2, 160, 960, 1, 1},
    {"mobilenet", 2, 960, 320, 1, 1}, {"mobilenet", 2, 320, 1280, 1, 1},
};
const Layer kDepthwise[] = {
    // c = k
    {"mobilenet", 24, 32, 32, 3, 1},  {"mobilenet", 24, 96, 96, 3, 2},  {"mobilenet", 12, 144, 144, 3, 1},
    {"mobilenet", 6, 192, 192, 3, 1}, {"mobilenet", 3, 384, 384, 3, 1}, {"mobilenet", 2, 960, 960, 3, 1},
    {"five", 12, 144, 144, 5, 1},     {"five", 12, 240, 240, 5, 2},
};

constexpr const char* kPassNames[] = {"forward", "backward_data", "backward_weights"};

ConvShape shape_of(const Layer& l) {
  const std::int64_t after = l.filter / 2, before = l.stride == 2 && l.filter > 1 ? after - 1 : after;
  const std::int64_t p = (l.size + before + after - l.filter) / l.stride + 1;
  return {kBatch, l.size, l.size, l.c, p, p, l.k, l.filter, l.filter, l.stride, before, before, after, after};
}

// A layer's tensors, filled with noise: zeros would run faster.
struct Tensors {
  ConvShape d;
  Conv2d g;
  std::vector<float> x, w, y, gw;

  Tensors(const Layer& l, bool depthwise) : d(shape_of(l)) {
    const auto before = static_cast<int>(d.top), after = static_cast<int>(d.bottom);
    g = {l.stride, {before, before, after, after}};
    x.resize(static_cast<std::size_t>(d.n * d.h * d.w * d.c));
    w.resize(static_cast<std::size_t>(d.r * d.s * d.c * (depthwise ? 1 : d.k)));
    y.resize(static_cast<std::size_t>(d.n * d.p * d.q * d.k));
    gw = w;
    Random random({1, RandomStream::test});
    for (auto* v : {&x, &w, &y})
      for (float& f : *v) f = random.uniform(-1, 1);
  }
};

void report(benchmark::State& state, const Tensors& t, std::int64_t channels) {
  const auto& d = t.d;
  count_work(state, 2.0 * static_cast<double>(d.n * d.p * d.q * d.k * channels * d.r * d.s),
             4.0 * static_cast<double>(t.x.size() + t.y.size() + t.w.size()));
}

void run_conv2d(benchmark::State& state, const Layer& l, cpu::ConvPass pass, cpu::ConvAlgorithm algorithm) {
  Tensors t(l, false);
  Stream stream;
  const ConvShape& d = t.d;
  const View<float, 4> x{t.x.data(), {d.n, d.h, d.w, d.c}}, y{t.y.data(), {d.n, d.p, d.q, d.k}};
  const View<float, 4> w{t.w.data(), {d.r, d.s, d.c, d.k}}, gw{t.gw.data(), {d.r, d.s, d.c, d.k}};
  state.SetLabel(algorithm == cpu::choose(pass, d) ? "chosen" : "");
  const cpu::ForceConvAlgorithm force(algorithm);
  for ([[maybe_unused]] auto _ : state) {
    if (pass == cpu::ConvPass::forward) cpu::conv2d_forward(stream, x, w, {}, y, t.g);
    if (pass == cpu::ConvPass::backward_data) cpu::conv2d_backward_data(stream, y, w, x, t.g);
    if (pass == cpu::ConvPass::backward_weights) cpu::conv2d_backward_weights(stream, x, y, gw, t.g);
  }
  report(state, t, d.c);
}

void run_depthwise(benchmark::State& state, const Layer& l, cpu::ConvPass pass) {
  Tensors t(l, true);
  Stream stream;
  const ConvShape& d = t.d;
  const View<float, 4> x{t.x.data(), {d.n, d.h, d.w, d.c}}, y{t.y.data(), {d.n, d.p, d.q, d.c}};
  const View<float, 3> w{t.w.data(), {d.r, d.s, d.c}}, gw{t.gw.data(), {d.r, d.s, d.c}};
  for ([[maybe_unused]] auto _ : state) {
    if (pass == cpu::ConvPass::forward) cpu::depthwise_forward(stream, x, w, {}, y, t.g);
    if (pass == cpu::ConvPass::backward_data) cpu::depthwise_backward_data(stream, y, w, x, t.g);
    if (pass == cpu::ConvPass::backward_weights) cpu::depthwise_backward_weights(stream, x, y, gw, t.g);
  }
  report(state, t, 1);
}

// x [64, C] times w [C, K]: the baseline's first dense layer after pooling.
void run_dense(benchmark::State& state, cpu::ConvPass pass) {
  constexpr std::int64_t kC = 9216, kK = 256;
  std::vector<float> x(kBatch * kC, 0.5f), w(kC * kK, 0.25f), y(kBatch * kK, 0.125f);
  Stream stream;
  const View<float, 2> xv{x.data(), {kBatch, kC}}, wv{w.data(), {kC, kK}}, yv{y.data(), {kBatch, kK}};
  for ([[maybe_unused]] auto _ : state) {
    if (pass == cpu::ConvPass::forward) cpu::dense_forward(stream, xv, wv, {}, yv);
    if (pass == cpu::ConvPass::backward_data) cpu::dense_backward_data(stream, yv, wv, xv);
    if (pass == cpu::ConvPass::backward_weights) cpu::dense_backward_weights(stream, xv, yv, wv);
  }
  count_work(state, 2.0 * kBatch * kC * kK, 4.0 * (kBatch * kC + kC * kK + kBatch * kK));
}

std::string name_of_layer(const Layer& l) {
  return str(l.network, ":", l.filter, "x", l.filter, l.stride == 2 ? "s2:" : ":", l.c, "-", l.k, "@", l.size);
}

const bool kRegistered = [] {
  for (int i = 0; i < 3; ++i) {
    const auto pass = static_cast<cpu::ConvPass>(i);
    for (const Layer& l : kLayers)
      for (const cpu::ConvAlgorithm a : cpu::conv_algorithms()) {
        if (a == cpu::ConvAlgorithm::direct || !cpu::supports(a, pass, shape_of(l))) continue;
        const std::string name = str("conv2d/", kPassNames[i], "/", name_of_layer(l), "/", name_of(a));
        benchmark::RegisterBenchmark(name.c_str(), run_conv2d, l, pass, a)->Unit(benchmark::kMillisecond);
      }
    for (const Layer& l : kDepthwise)
      benchmark::RegisterBenchmark(str("depthwise/", kPassNames[i], "/", name_of_layer(l), "/own").c_str(),
                                   run_depthwise, l, pass)
          ->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark(str("dense/", kPassNames[i], "/baseline:9216-256/own").c_str(), run_dense, pass)
        ->Unit(benchmark::kMillisecond);
  }
  return true;
}();

}  // namespace
}  // namespace mueca
