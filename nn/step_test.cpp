// Whole training steps: of the CUDA kernels, run by the executor, against the CPU's, for every network.
//
// Both compute the same numbers with other roundings: sums in another order, and the executor's linear maps move each
// operand by up to 2^-22 of it (tf32x3, kernels/cuda/algorithms.h). What that amounts to at the end of a network, the
// network alone decides; so the CPU is asked, by steps whose images and parameters were all moved by up to 2^-22 at
// random. The executor may be as far from the CPU as four of those (the suite's largest c), in the Euclidean norm of
// each tensor; tensors that were stored on the way, rounded once more on each side.
//
// With bfloat16 activations the same with 2^-8, bfloat16's rounding: the CPU moves what a step begins with, the
// executor rounds what every layer stores.
#include "nn/step.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/ops.h"
#include "core/precision.h"
#include "core/random.h"
#include "nn/registry.h"

namespace mueca {
namespace {

constexpr double kUnit = 0x1p-24, kFarthest = 4;

double moved_by() { return precision() == Precision::bf16 ? 0x1p-8 : 0x1p-22; }
constexpr int kTrials = 4;
constexpr Index kBatch = 4;

struct Quantity {
  std::string name;
  std::vector<double> values;
  double stored = 0;   // norm of what was rounded when it was stored; the values are a difference of such
  bool steady = true;  // false: Adam's, which takes even a gradient that is nothing but rounding for a whole step
};

std::vector<double> difference(const std::vector<float>& a, const std::vector<float>& b) {
  std::vector<double> d(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) d[i] = static_cast<double>(a[i]) - b[i];
  return d;
}

template <class T>
double norm(const std::vector<T>& v) {
  double sum = 0;
  for (const T x : v) sum += static_cast<double>(x) * static_cast<double>(x);
  return std::sqrt(sum);
}

void move_all(std::span<float> values, Random& random) {
  for (float& v : values) v += v * static_cast<float>(moved_by()) * random.uniform(-1, 1);
}

Batch random_batch(const ModelConfig& config, Device device, Random* moved) {
  const bool clips = config.frames > 1;
  const Shape shape =
      clips ? Shape{kBatch, config.frames, config.size, config.size, 1} : Shape{kBatch, config.size, config.size, 1};
  Random random({3, RandomStream::test});
  const Tensor x(shape);
  for (float& v : x.span()) v = random.uniform(-2, 2);
  if (moved) move_all(x.span(), *moved);
  std::vector<std::int32_t> label;
  for (Index i = 0; i < kBatch; ++i) label.push_back(static_cast<std::int32_t>(i % config.classes));
  const Tensor targets = one_hot(Tensor::from<std::int32_t>({kBatch}, label), config.classes, 0.1f);
  return {x.to(device), targets.to(device)};
}

// Everything that a step leaves behind, and the logits before it. With `moved`, of numbers that were moved.
std::vector<Quantity> step_on(Device device, const ModelConfig& config, const OptimizerConfig& how, Random* moved) {
  const auto host = make_model(config), model = make_model(config, device);
  if (moved) move_all(host->parameters.flat().span(), *moved);
  model->parameters.flat().copy_from(host->parameters.flat());
  const Batch batch = random_batch(config, device, moved);
  std::vector<Quantity> seen;
  {
    const NoGrad no_grad;
    const std::vector<float> logits = model->forward(batch.x, {}).to_vector();
    seen.push_back({"logits", {logits.begin(), logits.end()}});
  }
  Optimizer optimizer(how, model->parameters);
  WeightAverage average(model->parameters, 0.5f);
  TrainingStep step(*model, optimizer, &average, {.clip = 0.5f});
  step.start({1, {}, [&] { return batch; }}, kBatch, 7, 0.01f);
  const StepFigures figures = step.figures();
  seen.push_back({"loss", {figures.loss}});
  seen.push_back({"gradient norm", {figures.gradient_norm}});

  const auto part = [&](const Tensor& flat, const Parameter& p) {  // of a vector in the layout of flat()
    const Index begin = p.value.data() - model->parameters.flat().data();
    return flat.slice(begin, p.value.size(), {p.value.size()}).to_vector();
  };
  for (const Parameter& p : model->parameters) {
    const std::vector<float> before = host->parameters.find(p.name)->value.to_vector(), after = p.value.to_vector();
    const bool steady = !p.trainable || how.kind == "sgd";
    seen.push_back(
        {p.name + (p.trainable ? ", its update" : ", its move"), difference(after, before), norm(after), steady});
    const std::vector<float> mean = part(average.average(), p);
    seen.push_back({p.name + ", its average", difference(mean, before), norm(mean), steady});
    if (!p.trainable) continue;
    const std::vector<float> g = part(optimizer.state()[0].second, p);  // the gradient times a constant, plus decay
    seen.push_back({p.name + ", its gradient", {g.begin(), g.end()}});
  }
  return seen;
}

double distance(const Quantity& a, const Quantity& b) {
  std::vector<double> d = a.values;
  for (std::size_t i = 0; i < d.size(); ++i) d[i] -= b.values[i];
  return norm(d);
}

// How far each quantity of the CPU's step may be from another device's.
std::vector<double> bounds_of(const std::vector<Quantity>& cpu, const ModelConfig& config, const OptimizerConfig& how) {
  std::vector<double> bounds(cpu.size());
  Random random({5, RandomStream::test});
  for (int trial = 0; trial < kTrials; ++trial) {
    const auto moved = step_on(Device::cpu, config, how, &random);
    for (std::size_t i = 0; i < cpu.size(); ++i)
      bounds[i] = std::max(bounds[i], kFarthest * distance(cpu[i], moved[i]));
  }
  for (std::size_t i = 0; i < cpu.size(); ++i) bounds[i] += 2 * kUnit * (cpu[i].stored + norm(cpu[i].values));
  return bounds;
}

class Steps : public testing::TestWithParam<std::pair<ModelConfig, OptimizerConfig>> {};

TEST_P(Steps, OfTheExecutorAreTheCpus) {
  const auto& [config, how] = GetParam();
  const auto cpu = step_on(Device::cpu, config, how, nullptr),
             emulated = step_on(Device::emulated, config, how, nullptr);
  const std::vector<double> bounds = bounds_of(cpu, config, how);
  double worst = 0, gradient = 0;
  for (const Quantity& q : cpu)
    if (q.name.ends_with(", its gradient")) gradient = std::hypot(gradient, norm(q.values));
  int tight = 0, steady = 0;
  for (std::size_t i = 0; i < cpu.size(); ++i) {
    const double away = distance(cpu[i], emulated[i]), size = norm(cpu[i].values);
    EXPECT_LE(away, bounds[i]) << cpu[i].name << ", of norm " << size;
    if (bounds[i] > 0) worst = std::max(worst, away / bounds[i]);
    // A bound that passes anything proves nothing, but what is zero and only for rounding not quite so has no other:
    // the gradient of a shift that the next batch-norm takes away.
    if (!cpu[i].steady) continue;
    ++steady;
    if (size < gradient * 0x1p-16) continue;
    EXPECT_LT(bounds[i], 0.02 * size) << cpu[i].name;
    ++tight;
  }
  std::cout << cpu.size() << " quantities, " << tight << " of them within 2 %; worst " << worst << " of its bound\n";
  EXPECT_GT(2 * tight, steady);
}

// The logits, the loss, and all gradients as one.
std::vector<Quantity> whole(const std::vector<Quantity>& seen) {
  Quantity gradient{"the gradient", {}};
  for (const Quantity& q : seen)
    if (q.name.ends_with(", its gradient"))
      gradient.values.insert(gradient.values.end(), q.values.begin(), q.values.end());
  return {seen[0], seen[1], gradient};
}

// Of these small networks, whose batch is four images, 2^-8 decides whole parameters' gradients; so they are held as
// one, and the logits, which the bound must not swallow.
TEST_P(Steps, InBfloat16AreNearThem) {
  const auto& [config, how] = GetParam();
  set_precision(Precision::bf16);
  const auto cpu = whole(step_on(Device::cpu, config, how, nullptr)),
             emulated = whole(step_on(Device::emulated, config, how, nullptr));
  std::vector<double> bounds(cpu.size());
  Random random({5, RandomStream::test});
  for (int trial = 0; trial < kTrials; ++trial) {
    const auto moved = whole(step_on(Device::cpu, config, how, &random));
    for (std::size_t i = 0; i < cpu.size(); ++i)
      bounds[i] = std::max(bounds[i], kFarthest * distance(cpu[i], moved[i]));
  }
  for (std::size_t i = 0; i < cpu.size(); ++i) {
    const double away = distance(cpu[i], emulated[i]), size = norm(cpu[i].values);
    EXPECT_LE(away, bounds[i]) << cpu[i].name << ", of norm " << size;
    std::cout << cpu[i].name << " is off by " << away / size << " of its size, bound " << bounds[i] / size << "\n";
  }
  EXPECT_LT(bounds[0], 0.3 * norm(cpu[0].values));
  EXPECT_GT(distance(cpu[0], emulated[0]), 0x1p-14 * norm(cpu[0].values)) << "nothing was rounded to bfloat16";
  set_precision(Precision::float32);
}

INSTANTIATE_TEST_SUITE_P(
    Networks, Steps,
    testing::Values(
        std::pair(ModelConfig{.name = "baseline_cnn", .classes = 3, .size = 16, .width = 0.125f},
                  OptimizerConfig{.weight_decay = 0.1f}),
        std::pair(ModelConfig{.name = "se_cnn", .variant = "gap", .classes = 3, .size = 16, .width = 0.125f},
                  OptimizerConfig{.kind = "sgd", .weight_decay = 0.1f}),
        std::pair(ModelConfig{.name = "se_resnet", .classes = 3, .size = 16, .width = 0.125f, .depth = 10},
                  OptimizerConfig{}),
        std::pair(ModelConfig{.name = "vgg", .classes = 3, .size = 16, .width = 0.125f},
                  OptimizerConfig{.kind = "adam"}),
        std::pair(ModelConfig{.name = "mobilenet_v2", .classes = 3, .size = 32, .width = 0.1f, .unstrided = 1},
                  OptimizerConfig{}),
        std::pair(ModelConfig{.name = "cnn_gru", .classes = 3, .size = 16, .width = 0.25f, .frames = 2, .hidden = 8},
                  OptimizerConfig{}),
        std::pair(ModelConfig{.name = "linear", .classes = 3, .size = 16}, OptimizerConfig{.kind = "sgd"})),
    [](const auto& info) { return info.param.first.name; });

}  // namespace
}  // namespace mueca
