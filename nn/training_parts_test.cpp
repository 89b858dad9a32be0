// Parameters, optimizers, schedules, averaging, clipping: closed-form values, and a tiny net that learns by heart.
#include <gtest/gtest.h>

#include <cmath>

#include "core/ops.h"
#include "core/records.h"
#include "nn/clip.h"
#include "nn/ema.h"
#include "nn/optimizer.h"
#include "nn/registry.h"
#include "nn/schedule.h"

namespace mueca {
namespace {

TEST(Parameters, FlattenOrdersAlignsAndKeepsValues) {
  ParameterSet set;
  Parameter* const statistic = set.add("n/moving_mean", Tensor::full({3}, 3), false, false);
  Parameter* const bias = set.add("d/bias", Tensor::full({5}, 2), true, false);
  Parameter* const kernel = set.add("d/kernel", Tensor::full({4, 5}, 1), true, true);
  EXPECT_THROW(set.add("d/bias", Tensor::full({1}, 0), true, false), Error);
  set.flatten();
  EXPECT_EQ(set.flat().size(), 32 + 16 + 16);
  EXPECT_EQ(set.decayed().size(), 32);
  EXPECT_EQ(set.undecayed().size(), 16);
  EXPECT_EQ(set.value_count(), 28);
  EXPECT_EQ(set.trainable_count(), 25);
  EXPECT_EQ(kernel->value.data(), set.flat().data());
  EXPECT_EQ(bias->value.data(), set.flat().data() + 32);
  EXPECT_EQ(statistic->value.data(), set.flat().data() + 48);
  EXPECT_EQ(statistic->value.to_vector(), std::vector<float>(3, 3.0f));
  EXPECT_FALSE(statistic->value.requires_grad());
  EXPECT_THROW(set.add("late/bias", Tensor::full({1}, 0), true, false), Error);

  // loss = sum over k of cross-entropy; the bias' gradient is softmax - target, and the kernel's is x outer that.
  const Tensor y = dense(Tensor::full({1, 4}, 2), kernel->value, bias->value);
  backward(softmax_cross_entropy(y, Tensor::from({1, 5}, {1, 0, 0, 0, 0})));
  const std::vector<float> g = set.gather_gradients().to_vector();
  ASSERT_EQ(g.size(), 48u);
  EXPECT_NEAR(g[0], -1.6f, 1e-6);
  EXPECT_NEAR(g[1], 0.4f, 1e-6);
  EXPECT_EQ(g[20], 0.0f);  // a gap
  EXPECT_NEAR(g[32], -0.8f, 1e-6);
  EXPECT_FALSE(grad_of(kernel->value).defined());
  for (const float v : set.gather_gradients().to_vector()) EXPECT_EQ(v, 0.0f);
}

// Two parameters of one value each: w (decayed) = 1 and b (not decayed) = 1; gradient 0.5 on both.
struct Pair {
  ParameterSet set;
  Tensor gradient;
  Pair() {
    set.add("l/kernel", Tensor::full({1}, 1), true, true);
    set.add("l/bias", Tensor::full({1}, 1), true, false);
    set.flatten();
    gradient = Tensor::full({32}, 0);
    gradient.data()[0] = gradient.data()[16] = 0.5f;
  }
  float w() const { return set.flat().data()[0]; }
  float b() const { return set.flat().data()[16]; }
};

TEST(Optimizer, SgdFollowsItsFormula) {
  Pair p;
  Optimizer sgd({.kind = "sgd", .momentum = 0.9f, .nesterov = false, .weight_decay = 0.1f}, p.set);
  sgd.step(0.1f, p.gradient);
  EXPECT_NEAR(p.b(), 1 - 0.1 * 0.5, 1e-6);
  EXPECT_NEAR(p.w(), 1 - 0.1 * 0.6, 1e-6);
  sgd.step(0.1f, p.gradient);
  EXPECT_NEAR(p.b(), 0.95 - 0.1 * (0.9 * 0.5 + 0.5), 1e-6);
  Pair q;
  Optimizer nesterov({.kind = "sgd", .momentum = 0.9f, .nesterov = true}, q.set);
  nesterov.step(0.1f, q.gradient);
  EXPECT_NEAR(q.b(), 1 - 0.1 * (0.5 + 0.9 * 0.5), 1e-6);
}

TEST(Optimizer, AdamAndAdamWDifferInDecayOnly) {
  Pair p, q;
  Optimizer adam({.kind = "adam", .weight_decay = 0.1f}, p.set), adamw({.kind = "adamw", .weight_decay = 0.1f}, q.set);
  adam.step(0.01f, p.gradient);
  adamw.step(0.01f, q.gradient);
  EXPECT_NEAR(p.b(), 1 - 0.01, 1e-5);  // the first step is lr whatever the gradient
  EXPECT_EQ(p.b(), q.b());
  EXPECT_NEAR(p.w(), 1 - 0.01, 1e-5);
  EXPECT_NEAR(q.w(), 1 - 0.01 - 0.01 * 0.1, 1e-5);
  EXPECT_EQ(adamw.steps(), 1);
  EXPECT_EQ(adamw.state().size(), 2u);
  EXPECT_NEAR(adamw.state()[0].second.data()[0], 0.1f * 0.5f, 1e-7);
}

TEST(Optimizer, RestoredStateContinuesToTheBit) {
  Pair p, q;
  Optimizer a({}, p.set);
  for (int i = 0; i < 3; ++i) a.step(0.01f, p.gradient);
  Optimizer b({}, q.set);
  q.set.flat().copy_from(p.set.flat());
  for (std::size_t i = 0; i < 2; ++i) b.state()[i].second.copy_from(a.state()[i].second);
  b.set_steps(a.steps());
  a.step(0.01f, p.gradient);
  b.step(0.01f, q.gradient);
  EXPECT_EQ(p.set.flat().to_vector(), q.set.flat().to_vector());
  EXPECT_THROW(Optimizer({.kind = "rmsprop"}, p.set), Error);
  EXPECT_THROW(a.step(0.01f, Tensor::full({3}, 0)), Error);
}

// Trains a small net on 16 random images.
struct Lesson {
  std::unique_ptr<Model> model;
  float first = 0, last = 0;  // loss
};
Lesson learn(const ModelConfig& model_config, const OptimizerConfig& config, float lr, std::uint32_t steps) {
  Lesson lesson{make_model(model_config)};
  Model& model = *lesson.model;
  Optimizer optimizer(config, model.parameters);
  const Index n = 16;
  Tensor x({n, model.input.size, model.input.size, 1});
  Random random({7, RandomStream::test});
  for (float& v : x.span()) v = random.uniform(-1, 1);
  std::vector<std::int32_t> label(n);
  for (std::int32_t& l : label) l = static_cast<std::int32_t>(random.below(7));
  const Tensor targets = one_hot(Tensor::from<std::int32_t>({n}, label), 7);
  for (std::uint32_t step = 0; step < steps; ++step) {
    const Tensor numbers = record_on(Device::cpu, StepNumbers{.step = step});
    const Tensor loss =
        softmax_cross_entropy(model.forward(x, {.training = true, .seed = 1, .numbers = numbers}), targets);
    backward(loss);
    const Tensor gradient = model.parameters.gather_gradients();
    clip_global_norm(gradient, 5, Tensor({2}));
    optimizer.step(lr, gradient);
    lesson.last = loss.item();
    if (step == 0) lesson.first = lesson.last;
  }
  return lesson;
}

void learn_by_heart(const ModelConfig& model_config, const OptimizerConfig& config, float lr) {
  const Lesson lesson = learn(model_config, config, lr, 40);
  EXPECT_GT(lesson.first, 1.0f) << model_config.name << " " << config.kind;
  EXPECT_LT(lesson.last, 0.1f) << model_config.name << " " << config.kind;
}

TEST(Training, EachOptimizerLearnsSixteenImagesByHeart) {
  const ModelConfig tiny{.name = "baseline_cnn", .variant = "gap", .size = 16, .width = 0.25f, .dropout = 0};
  learn_by_heart(tiny, {.kind = "sgd", .nesterov = false}, 0.05f);
  learn_by_heart(tiny, {.kind = "sgd", .nesterov = true, .weight_decay = 1e-4f}, 0.05f);
  learn_by_heart(tiny, {.kind = "adam"}, 0.005f);
  learn_by_heart(tiny, {.kind = "adamw", .weight_decay = 0.01f}, 0.005f);
}

TEST(Training, EachNetworkLearnsSixteenImagesByHeart) {
  const OptimizerConfig adamw{.kind = "adamw"};
  learn_by_heart({.name = "se_cnn", .size = 16, .width = 0.25f, .dropout = 0}, adamw, 0.005f);
  learn_by_heart({.name = "se_resnet", .size = 16, .width = 0.25f, .depth = 10, .dropout = 0}, adamw, 0.005f);
  learn_by_heart({.name = "vgg", .size = 16, .width = 0.125f, .dropout = 0}, adamw, 0.005f);
  learn_by_heart({.name = "mobilenet_v2", .size = 32, .width = 0.35f, .dropout = 0}, adamw, 0.005f);
}

TEST(Training, SecondRunEndsWithTheSameBytes) {
  for (const std::string& name : model_names()) {
    const ModelConfig config{.name = name, .size = 32, .width = name == "mobilenet_v2" ? 0.35f : 0.25f};
    const auto run = [&] {
      return learn(config, {.weight_decay = 0.01f}, 0.005f, 2).model->parameters.flat().to_vector();
    };
    EXPECT_EQ(run(), run()) << name;
  }
}

TEST(Schedule, ClosedFormValues) {
  const auto at = [](const ScheduleConfig& c, double epoch, double epochs) { return learning_rate(c, epoch, epochs); };
  EXPECT_FLOAT_EQ(at({.kind = "constant", .lr = 0.5f}, 7, 10), 0.5f);
  const ScheduleConfig step{.kind = "step", .lr = 1, .factor = 0.1f, .period = 30};
  EXPECT_FLOAT_EQ(at(step, 29.9, 90), 1);
  EXPECT_FLOAT_EQ(at(step, 30, 90), 0.1f);
  EXPECT_FLOAT_EQ(at(step, 89, 90), 0.01f);
  const ScheduleConfig cosine{.kind = "cosine", .lr = 2, .warmup = 10, .floor = 0.1f};
  EXPECT_FLOAT_EQ(at(cosine, 0, 110), 0.02f);
  EXPECT_FLOAT_EQ(at(cosine, 5, 110), 2 * (0.01f + 0.99f * 0.5f));
  EXPECT_FLOAT_EQ(at(cosine, 10, 110), 2);
  EXPECT_FLOAT_EQ(at(cosine, 60, 110), 2 * 0.55f);
  EXPECT_FLOAT_EQ(at(cosine, 110, 110), 0.2f);
  const ScheduleConfig cycle{.kind = "one_cycle", .lr = 1, .rise = 0.25f};
  EXPECT_FLOAT_EQ(at(cycle, 0, 40), 0.04f);
  EXPECT_FLOAT_EQ(at(cycle, 5, 40), 0.52f);
  EXPECT_FLOAT_EQ(at(cycle, 10, 40), 1);
  EXPECT_FLOAT_EQ(at(cycle, 25, 40), 0.5f);
  EXPECT_NEAR(at(cycle, 40, 40), 0, 1e-7);
}

TEST(Schedule, PlateauDropsAfterPatience) {
  const ScheduleConfig config{.kind = "plateau", .lr = 1, .factor = 0.5f, .patience = 2};
  PlateauState state;
  for (const float figure : {0.5f, 0.6f, 0.55f, 0.6f}) observe(config, state, figure);
  EXPECT_FLOAT_EQ(learning_rate(config, 4, 10, state), 1);
  observe(config, state, 0.6f);  // the third epoch without improvement
  EXPECT_FLOAT_EQ(learning_rate(config, 5, 10, state), 0.5f);
  observe(config, state, 0.7f);
  EXPECT_FLOAT_EQ(state.best, 0.7f);
  EXPECT_EQ(state.waited, 0);
  EXPECT_THROW(validate({.kind = "cyclic"}), Error);
  EXPECT_THROW(validate({.lr = -1}), Error);
}

TEST(WeightAverage, FollowsItsFormulaAndSwaps) {
  Pair p;
  WeightAverage average(p.set, 0.5f);
  p.set.flat().data()[0] = 2;
  const auto update = [&] {
    StepNumbers numbers;
    average.advance(numbers);
    average.update(record_on(Device::cpu, numbers));
  };
  update();  // d = min(0.5, 2 / 11)
  EXPECT_NEAR(average.average().data()[0], 2 - 2.0 / 11, 1e-6);
  {
    const AveragedWeights inside(&average);
    EXPECT_NEAR(p.w(), 2 - 2.0 / 11, 1e-6);
    EXPECT_EQ(average.average().data()[0], 2.0f);
  }
  EXPECT_EQ(p.w(), 2.0f);
  for (int i = 0; i < 60; ++i) update();
  EXPECT_NEAR(average.average().data()[0], 2, 1e-6);
  EXPECT_THROW(WeightAverage(p.set, 1.0f), Error);
}

TEST(Clip, ScalesToTheNormOnlyWhenLarger) {
  const Tensor figures({2});
  const auto norm = [&](const Tensor& g, float most) {
    clip_global_norm(g, most, figures);
    return figures.data()[0];
  };
  const Tensor g = Tensor::from({2}, {3, 4});
  EXPECT_FLOAT_EQ(norm(g, 0), 5);
  EXPECT_FLOAT_EQ(norm(g, 10), 5);
  EXPECT_FLOAT_EQ(g.data()[0], 3);
  EXPECT_FLOAT_EQ(norm(g, 1), 5);
  EXPECT_FLOAT_EQ(figures.data()[1], 0.2f);
  EXPECT_FLOAT_EQ(g.data()[0], 0.6f);
  EXPECT_FLOAT_EQ(g.data()[1], 0.8f);
  const Tensor bad = Tensor::from({2}, {INFINITY, 1});
  EXPECT_TRUE(std::isinf(norm(bad, 1)));
  EXPECT_EQ(bad.data()[1], 1.0f);
}

}  // namespace
}  // namespace mueca
