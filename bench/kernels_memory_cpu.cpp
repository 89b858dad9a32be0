// The CPU kernels that are bound by memory, at the networks' shapes for a batch of 64: FAMILY/PASS/SHAPE/own. Bytes
// count each tensor once per pass that must touch it in memory; a first write counts like a read, since it fills a
// cache line too. FLOP per element are those of the formula, a division or a comparison counting like a sum. CPU time
// is the calling thread's: with OMP_NUM_THREADS=1 it is the figure to trust on a busy machine.
#include <benchmark/benchmark.h>

#include "bench/work.h"
#include "core/error.h"
#include "core/kernel_list.h"
#include "core/random.h"
#include "core/tensor.h"

namespace mueca {
namespace {

constexpr Index kBatch = 64;

struct Activations {
  Index size, channels;  // [64, size, size, channels]
  Index rows() const { return kBatch * size * size; }
  Index count() const { return rows() * channels; }
};

// From the baseline and the residual networks, then MobileNetV2 at 48 pixels.
const Activations kShapes[] = {{48, 32}, {48, 64},  {24, 128}, {12, 256}, {6, 512},
                               {24, 96}, {12, 144}, {6, 192},  {3, 576},  {2, 1280}};

Tensor normals(Shape shape) {
  static std::uint32_t lane = 0;
  Random random({1, RandomStream::test}, ++lane);
  Tensor t(shape);
  for (float& v : t.span()) v = random.normal();
  return t;
}

// Per element: passes over memory, operations.
void report(benchmark::State& state, Index count, double passes, double flop) {
  count_work(state, static_cast<double>(count) * flop, static_cast<double>(count) * sizeof(float) * passes);
}

template <int Rank>
auto in(const Tensor& t) {
  return t.view<const float, Rank>();
}

void batch_norm(benchmark::State& state, Activations s, BatchNorm how, bool with_residual, bool backward) {
  const Shape full{s.rows(), s.channels}, line{s.channels};
  const Tensor x = normals(full), gy = normals(full), gamma = normals(line), beta = normals(line);
  const Tensor residual = with_residual ? normals(full) : Tensor(), gresidual = with_residual ? Tensor(full) : Tensor();
  const Tensor y(full), gx(full), mean(line), variance(line), ggamma(line), gbeta(line);
  Stream& stream = stream_of(Device::cpu);
  const auto forward = [&] {
    cpu::batch_norm_forward(stream, in<2>(x), in<1>(gamma), in<1>(beta), with_residual ? in<2>(residual) : In<2>(),
                            y.view<float, 2>(), mean.view<float, 1>(), variance.view<float, 1>(), {}, {}, 0, how);
  };
  forward();
  for ([[maybe_unused]] auto _ : state) {
    if (!backward) {
      forward();
      continue;
    }
    cpu::batch_norm_backward(stream, in<2>(x), in<2>(y), in<2>(gy), in<1>(gamma), in<1>(mean), in<1>(variance),
                             gx.view<float, 2>(), ggamma.view<float, 1>(), gbeta.view<float, 1>(),
                             with_residual ? gresidual.view<float, 2>() : Out<2>(), how);
  }
  // Forward: x twice, y, the residual. Backward: x, y, gy and the masked gradient; then x, that gradient and gx, which
  // without a residual share their memory; without an activation neither y nor a mask.
  const double masked = how.activation == Activation::none ? 0 : 1;
  // Operations: two sums (3) and the map (2); two sums (4) and the map (5); an activation and a residual add one each.
  report(state, s.count(), backward ? 5 + masked + with_residual : 3 + with_residual,
         (backward ? 9 : 5 + with_residual) + masked);
}

void activation(benchmark::State& state, Activations s, Activation kind, bool backward) {
  const Tensor x = normals({s.count()}), gy = normals({s.count()}), y(Shape{s.count()}), gx(Shape{s.count()});
  Stream& stream = stream_of(Device::cpu);
  cpu::activation_forward(stream, in<1>(x), y.view<float, 1>(), kind);
  for ([[maybe_unused]] auto _ : state) {
    if (backward)
      cpu::activation_backward(stream, in<1>(x), in<1>(y), in<1>(gy), gx.view<float, 1>(), kind);
    else
      cpu::activation_forward(stream, in<1>(x), y.view<float, 1>(), kind);
  }
  report(state, s.count(), backward ? 3 : 2, 1);
}

void max_pool(benchmark::State& state, Activations s, bool backward) {
  const Shape before{kBatch, s.size, s.size, s.channels}, after{kBatch, s.size / 2, s.size / 2, s.channels};
  const Tensor x = normals(before), gy = normals(after), y(after), gx(before);
  Stream& stream = stream_of(Device::cpu);
  cpu::max_pool_forward(stream, in<4>(x), y.view<float, 4>(), {});
  for ([[maybe_unused]] auto _ : state) {
    if (backward)
      cpu::max_pool_backward(stream, in<4>(x), in<4>(y), in<4>(gy), gx.view<float, 4>(), {});
    else
      cpu::max_pool_forward(stream, in<4>(x), y.view<float, 4>(), {});
  }
  report(state, s.count(), backward ? 2.5 : 1.25, 1);
}

void squeeze_excite(benchmark::State& state, Activations s, bool backward) {
  const Index c = s.channels, d = std::max<Index>(c / 16, 4), hw = s.size * s.size;
  const Shape full{kBatch, hw, c};
  const Tensor x = normals(full), gy = normals(full), y(full), gx(full), w1 = normals({c, d}), w2 = normals({d, c});
  const Tensor b1 = normals({d}), b2 = normals({c}), mean({kBatch, c}), hidden({kBatch, d}), scale({kBatch, c});
  const Tensor gw1({c, d}), gw2({d, c}), gb1(Shape{d}), gb2(Shape{c});
  Stream& stream = stream_of(Device::cpu);
  const auto forward = [&] {
    cpu::squeeze_excite_forward(stream, in<3>(x), in<2>(w1), in<1>(b1), in<2>(w2), in<1>(b2), y.view<float, 3>(),
                                mean.view<float, 2>(), hidden.view<float, 2>(), scale.view<float, 2>());
  };
  forward();
  for ([[maybe_unused]] auto _ : state) {
    if (!backward) {
      forward();
      continue;
    }
    cpu::squeeze_excite_backward(stream, in<3>(x), in<2>(w1), in<2>(w2), in<2>(mean), in<2>(hidden), in<2>(scale),
                                 in<3>(gy), gx.view<float, 3>(), gw1.view<float, 2>(), gb1.view<float, 1>(),
                                 gw2.view<float, 2>(), gb2.view<float, 1>());
  }
  report(state, s.count(), backward ? 3 : 2, backward ? 4 : 2);  // an image's second visit is to the cache
}

// The plainest kernel of all: what the ones above come close to.
void scale(benchmark::State& state, Activations s) {
  const Tensor x = normals({s.count()}), one = Tensor::full({1}, 1), y(Shape{s.count()});
  for ([[maybe_unused]] auto _ : state) cpu::scale(stream_of(Device::cpu), in<1>(x), in<1>(one), 1, y.view<float, 1>());
  report(state, s.count(), 2, 1);
}

const bool kRegistered = [] {
  const BatchNorm plain, relu{1e-3f, Activation::relu}, relu6{1e-3f, Activation::relu6};
  for (const Activations& s : kShapes) {
    const auto add = [&](const char* name, auto function, auto... arguments) {
      benchmark::RegisterBenchmark(str(name, "/64x", s.size, "x", s.size, "x", s.channels, "/own").c_str(), function, s,
                                   arguments...)
          ->Unit(benchmark::kMicrosecond);
    };
    add("vector/scale", scale);
    add("batch_norm/forward", batch_norm, plain, false, false);
    add("batch_norm/backward", batch_norm, plain, false, true);
    add("batch_norm/relu6_forward", batch_norm, relu6, false, false);
    add("batch_norm/relu6_backward", batch_norm, relu6, false, true);
    add("batch_norm/add_relu_forward", batch_norm, relu, true, false);
    add("batch_norm/add_relu_backward", batch_norm, relu, true, true);
    add("activation/relu6_forward", activation, Activation::relu6, false);
    add("activation/relu6_backward", activation, Activation::relu6, true);
    if (s.size % 2 == 0) {
      add("pool/max_forward", max_pool, false);
      add("pool/max_backward", max_pool, true);
    }
    add("squeeze_excite/forward", squeeze_excite, false);
    add("squeeze_excite/backward", squeeze_excite, true);
  }
  return true;
}();

}  // namespace
}  // namespace mueca
