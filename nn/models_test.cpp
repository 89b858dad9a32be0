// What the networks are: counts, names, shapes, initial values, and that gradients reach what trains.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "core/ops.h"
#include "core/records.h"
#include "nn/registry.h"

namespace mueca {
namespace {

Index trunk_values(const ModelConfig& config) {
  const auto model = make_model(config);
  Index count = 0;
  for (const Parameter& p : model->parameters)
    if (!p.name.starts_with("predictions/")) count += p.value.size();
  return count;
}

Tensor images(const Model& model, Index n) {
  const InputSpec& in = model.input;
  Tensor x = in.frames > 1 ? Tensor({n, in.frames, in.size, in.size, in.channels})
                           : Tensor({n, in.size, in.size, in.channels});
  Random random({5, RandomStream::test});
  for (float& v : x.span()) v = static_cast<float>(random.below(256)) * model.input.scale + model.input.shift;
  return x;
}

std::map<std::string, Shape> tapped_shapes(const ModelConfig& config) {
  const auto model = make_model(config);
  std::map<std::string, Shape> shapes;
  Context context;
  context.tap = [&](std::string_view layer, const Tensor& y) { shapes[std::string(layer)] = y.shape(); };
  const NoGrad no_grad;
  model->forward(images(*model, 1), context);
  return shapes;
}

TEST(Models, ValueCountsEqualTheKnownOnes) {
  EXPECT_EQ(trunk_values({.name = "mobilenet_v2"}), 2'257'984);  // Keras' files, moving statistics included
  EXPECT_EQ(trunk_values({.name = "mobilenet_v2", .width = 0.35f}), 410'208);
  EXPECT_EQ(trunk_values({.name = "vgg", .variant = "keras", .depth = 16}), 14'714'688);
  EXPECT_EQ(trunk_values({.name = "vgg", .variant = "keras", .depth = 19}), 20'024'384);
  EXPECT_EQ(make_model({.name = "baseline_cnn"})->parameters.trainable_count(), 3'487'719);
  EXPECT_EQ(make_model({.name = "baseline_cnn", .variant = "gap"})->parameters.trainable_count(), 1'174'439);
  // The gap trunk without its classifier, 3 gates of 256 + 128 inputs and 2 biases, a classifier of 128.
  EXPECT_EQ(make_model({.name = "cnn_gru"})->parameters.trainable_count(),
            1'174'439 - 257 * 7 + 3 * 128 * (256 + 128 + 2) + 129 * 7);
  // ResNet-18 with a 3x3 stem on one channel; SE adds 2 C^2 / 16 and biases per block.
  const Index resnet = make_model({.name = "se_resnet", .se = false})->parameters.trainable_count();
  EXPECT_EQ(resnet, 11'171'271);
  const Index squeeze = make_model({.name = "se_resnet"})->parameters.trainable_count() - resnet;
  EXPECT_EQ(squeeze, 2 * (64 * 8 + 128 * 16 + 256 * 32 + 512 * 64 + 4 + 64 + 8 + 128 + 16 + 256 + 32 + 512));
}

TEST(Models, KerasNamesAndShapes) {
  const auto model = make_model({.name = "mobilenet_v2"});
  const auto shape = [&](const char* name) {
    const Parameter* p = model->parameters.find(name);
    return p ? p->value.shape() : Shape{};
  };
  EXPECT_EQ(shape("Conv1/kernel"), (Shape{3, 3, 3, 32}));
  EXPECT_EQ(shape("bn_Conv1/moving_variance"), (Shape{32}));
  EXPECT_EQ(shape("expanded_conv_depthwise/depthwise_kernel"), (Shape{3, 3, 32}));
  EXPECT_EQ(shape("expanded_conv_project_BN/gamma"), (Shape{16}));
  EXPECT_EQ(shape("block_1_expand/kernel"), (Shape{1, 1, 16, 96}));
  EXPECT_EQ(shape("block_16_project/kernel"), (Shape{1, 1, 960, 320}));
  EXPECT_EQ(shape("Conv_1/kernel"), (Shape{1, 1, 320, 1280}));
  EXPECT_EQ(shape("Conv_1_bn/beta"), (Shape{1280}));
  EXPECT_EQ(make_model({.name = "mobilenet_v2", .width = 1.4f})->parameters.find("Conv_1/kernel")->value.shape(),
            (Shape{1, 1, 448, 1792}));
  EXPECT_NE(make_model({.name = "vgg", .variant = "keras", .depth = 19})->parameters.find("block5_conv4/bias"),
            nullptr);
}

TEST(Models, OutputShapesAtEachSize) {
  auto s = tapped_shapes({.name = "mobilenet_v2", .size = 48, .width = 0.35f});
  EXPECT_EQ(s["Conv1_relu"], (Shape{1, 24, 24, 16}));
  EXPECT_EQ(s["block_2_add"], (Shape{1, 12, 12, 8}));
  EXPECT_EQ(s["out_relu"], (Shape{1, 2, 2, 1280}));
  EXPECT_EQ(s["predictions"], (Shape{1, 7}));
  EXPECT_EQ(tapped_shapes({.name = "mobilenet_v2", .size = 96, .width = 0.35f})["out_relu"], (Shape{1, 3, 3, 1280}));
  EXPECT_EQ(tapped_shapes({.name = "mobilenet_v2", .size = 224, .width = 0.35f})["out_relu"], (Shape{1, 7, 7, 1280}));
  s = tapped_shapes({.name = "mobilenet_v2", .size = 48, .width = 0.35f, .unstrided = 2});
  EXPECT_EQ(s["Conv1_relu"], (Shape{1, 48, 48, 16}));
  EXPECT_EQ(s["block_1_project_BN"], (Shape{1, 48, 48, 8}));
  EXPECT_EQ(s["out_relu"], (Shape{1, 6, 6, 1280}));
  s = tapped_shapes({.name = "baseline_cnn", .width = 0.25f});
  EXPECT_EQ(s["block1"], (Shape{1, 48, 48, 16}));
  EXPECT_EQ(s["block3"], (Shape{1, 12, 12, 64}));
  EXPECT_EQ(s["features"], (Shape{1, 64}));
  s = tapped_shapes({.name = "se_cnn", .variant = "gap", .classes = 3, .size = 44, .width = 0.25f});
  EXPECT_EQ(s["block4"], (Shape{1, 5, 5, 64}));
  EXPECT_EQ(s["predictions"], (Shape{1, 3}));
  s = tapped_shapes({.name = "se_resnet", .size = 96, .width = 0.25f});
  EXPECT_EQ(s["stage1_block2"], (Shape{1, 96, 96, 16}));
  EXPECT_EQ(s["stage4_block2"], (Shape{1, 12, 12, 128}));
  EXPECT_EQ(tapped_shapes({.name = "vgg", .width = 0.125f})["block5"], (Shape{1, 3, 3, 64}));
  EXPECT_EQ(tapped_shapes({.name = "vgg", .variant = "keras", .width = 0.125f})["block5"], (Shape{1, 3, 3, 64}));
}

TEST(Models, WrongInputAndConfigurationAreNamed) {
  const auto message = [](const auto& call) {
    try {
      call();
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  EXPECT_EQ(message([] {
              make_model({.name = "baseline_cnn"})->forward(Tensor({2, 44, 44, 1}), {});
            }),
            "baseline_cnn: x must be [N, 48, 48, 1], got [2, 44, 44, 1]");
  EXPECT_EQ(message([] { make_model({.name = "resnet"}); }),
            "no model \"resnet\"; known: baseline_cnn se_cnn se_resnet vgg mobilenet_v2 linear cnn_gru");
  EXPECT_NE(message([] { make_model({.name = "vgg", .depth = 12}); }).find("depth must be 11, 13, 16 or 19"),
            std::string::npos);
  EXPECT_NE(message([] { make_model({.name = "mobilenet_v2", .trainable = "block_17"}); }).find("N up to 16"),
            std::string::npos);
  EXPECT_EQ(message([] {
              make_model({.name = "cnn_gru"})->forward(Tensor({2, 3, 48, 44, 1}), {});
            }),
            "cnn_gru: x must be [N, 48, 48, 1], got [6, 48, 44, 1]");
  EXPECT_NE(message([] { make_model({.name = "cnn_gru", .frames = 1001}); }).find("frames must be in [0, 1000]"),
            std::string::npos);
  EXPECT_NE(message([] { make_model({.width = 1e9f}); }).find("width must be in (0, 4]"), std::string::npos);
}

TEST(Models, FramesOneByOneGiveTheAnswerOfTheClip) {
  const auto model = make_model({.name = "cnn_gru", .width = 0.25f, .frames = 5, .hidden = 12});
  const NoGrad no_grad;
  const Tensor clips = images(*model, 3), whole = model->forward(clips, {});  // [3, 5, 48, 48, 1]
  EXPECT_EQ(model->memory_size(), 12);
  Context context;
  context.memory = Tensor::full({3, 12}, 0);
  constexpr Index kPixels = 48 * 48;
  Tensor logits;
  for (Index t = 0; t < 5; ++t) {
    const Tensor frame({3, 48, 48, 1});
    for (Index n = 0; n < 3; ++n)
      std::copy_n(clips.data() + (n * 5 + t) * kPixels, kPixels, frame.data() + n * kPixels);
    const auto before = context.memory.to_vector();
    logits = model->forward(frame, context);
    EXPECT_NE(context.memory.to_vector(), before) << t;
    if (t > 0) continue;
    EXPECT_EQ(logits.to_vector(), model->forward(frame, {}).to_vector());  // nothing is remembered yet
  }
  double largest = 0;
  for (const float v : whole.to_vector()) largest = std::max(largest, std::abs(double{v}));
  for (Index i = 0; i < whole.size(); ++i) EXPECT_NEAR(logits.data()[i], whole.data()[i], 1e-5 * largest) << i;
  EXPECT_NE(model->forward(images(*model, 3).slice(0, 3 * kPixels, {3, 48, 48, 1}), {}).to_vector(), whole.to_vector());
}

TEST(Models, ConfigurationSurvivesAsPairs) {
  const ModelConfig config{.name = "vgg", .variant = "keras", .width = 0.35f, .se = false, .seed = 0xFFFFFFFFFFFFFFFF};
  const Pairs pairs = to_pairs(config);
  EXPECT_EQ(to_pairs(from_pairs<ModelConfig>(pairs)), pairs);
  EXPECT_EQ(from_pairs<ModelConfig>(pairs).width, 0.35f);
  EXPECT_THROW(from_pairs<ModelConfig>({{"widht", "1"}}), Error);
  EXPECT_THROW(from_pairs<ModelConfig>({{"width", "1x"}}), Error);
}

TEST(Models, SameSeedSameStartAndSqueezeExciteChangesNothingElse) {
  const auto with = make_model({.name = "se_cnn", .width = 0.25f, .seed = 3});
  const auto without = make_model({.name = "se_cnn", .width = 0.25f, .se = false, .seed = 3});
  const auto baseline = make_model({.name = "baseline_cnn", .width = 0.25f, .seed = 3});
  const auto other = make_model({.name = "baseline_cnn", .width = 0.25f, .seed = 4});
  std::size_t squeeze = 0;
  for (const Parameter& p : with->parameters) {
    if (p.name.find("_se_") != std::string::npos) {
      ++squeeze;
      EXPECT_EQ(without->parameters.find(p.name), nullptr);
      continue;
    }
    ASSERT_NE(without->parameters.find(p.name), nullptr) << p.name;
    EXPECT_EQ(without->parameters.find(p.name)->value.to_vector(), p.value.to_vector()) << p.name;
  }
  EXPECT_EQ(squeeze, 12u);
  ASSERT_EQ(without->parameters.size(), baseline->parameters.size());
  EXPECT_EQ(without->parameters.flat().to_vector(), baseline->parameters.flat().to_vector());
  EXPECT_NE(other->parameters.find("fc/kernel")->value.to_vector(),
            baseline->parameters.find("fc/kernel")->value.to_vector());
}

TEST(Models, InitialValuesHaveTheirVariance) {
  const auto model = make_model({.name = "baseline_cnn"});
  const auto deviation = [&](const char* name) {
    double sum = 0, square = 0;
    const auto v = model->parameters.find(name)->value.to_vector();
    for (const float x : v) sum += x, square += double{x} * x;
    const double mean = sum / static_cast<double>(v.size());
    EXPECT_NEAR(mean, 0, 0.005) << name;
    return std::sqrt(square / static_cast<double>(v.size()) - mean * mean);
  };
  EXPECT_NEAR(deviation("block3_conv2/kernel"), std::sqrt(2.0 / (9 * 256)), 1e-4);
  EXPECT_NEAR(deviation("fc/kernel"), std::sqrt(2.0 / 9216), 1e-4);
  EXPECT_NEAR(deviation("predictions/kernel"), std::sqrt(2.0 / (256 + 7)), 0.005);
}

// One backward pass of the loss; the names of parameters with a gradient that is not all zero.
std::set<std::string> reached(const ModelConfig& config) {
  const auto model = make_model(config);
  const Index n = 4;
  const Tensor labels = Tensor::from<std::int32_t>({n}, std::vector<std::int32_t>{0, 1, 2, 3});
  const Tensor loss = softmax_cross_entropy(model->forward(images(*model, n), {.training = true, .seed = 1}),
                                            one_hot(labels, config.classes));
  backward(loss);
  std::set<std::string> names;
  for (const Parameter& p : model->parameters) {
    EXPECT_EQ(p.trainable, p.value.requires_grad()) << p.name;
    if (!p.trainable || !grad_of(p.value).defined()) continue;
    for (const float g : grad_of(p.value).to_vector())
      if (g != 0) names.insert(p.name);
  }
  return names;
}

TEST(Models, GradientReachesEveryTrainableParameter) {
  const ModelConfig configs[] = {{.name = "baseline_cnn", .width = 0.25f, .dropout = 0},
                                 {.name = "se_cnn", .variant = "gap", .width = 0.25f, .dropout = 0},
                                 {.name = "se_resnet", .width = 0.25f},
                                 {.name = "se_resnet", .width = 0.25f, .depth = 10, .se = false},
                                 {.name = "vgg", .width = 0.125f},
                                 {.name = "vgg", .variant = "keras", .width = 0.125f},
                                 {.name = "mobilenet_v2", .width = 0.35f},
                                 {.name = "mobilenet_v2", .width = 0.35f, .norm_mode = "inference"},
                                 {.name = "cnn_gru", .width = 0.25f, .frames = 3, .hidden = 9}};
  for (const ModelConfig& config : configs) {
    const auto names = reached(config);
    const auto model = make_model(config);
    for (const Parameter& p : model->parameters)
      EXPECT_EQ(names.contains(p.name), p.trainable) << config.name << " " << p.name;
  }
}

TEST(Models, FrozenPartsGetNoGradientAndKeepTheirStatistics) {
  EXPECT_EQ(reached({.name = "mobilenet_v2", .width = 0.35f, .trainable = "head"}),
            (std::set<std::string>{"predictions/bias", "predictions/kernel"}));
  const auto partial = reached({.name = "mobilenet_v2", .width = 0.35f, .trainable = "block_16"});
  EXPECT_TRUE(partial.contains("block_16_expand/kernel"));
  EXPECT_TRUE(partial.contains("Conv_1_bn/gamma"));
  EXPECT_FALSE(partial.contains("block_15_project_BN/gamma"));
  EXPECT_EQ(partial.size(), 3 * 3u + 3u + 2u);
  EXPECT_EQ(reached({.name = "vgg", .variant = "keras", .width = 0.125f, .trainable = "block_5"}).size(), 8u);

  const auto model = make_model({.name = "mobilenet_v2", .width = 0.35f, .trainable = "block_16"});
  const auto moved = [&](const char* name) {
    for (const float v : model->parameters.find(name)->value.to_vector())
      if (v != 0) return true;
    return false;
  };
  model->forward(images(*model, 2), {.training = true});
  EXPECT_FALSE(moved("bn_Conv1/moving_mean"));
  EXPECT_FALSE(moved("block_15_project_BN/moving_mean"));
  EXPECT_TRUE(moved("block_16_expand_BN/moving_mean"));
}

TEST(Models, DropoutDependsOnSeedAndStepOnly) {
  const auto model = make_model({.name = "baseline_cnn", .width = 0.25f});
  const Tensor x = images(*model, 2);
  const auto run = [&](std::uint64_t seed, std::uint32_t step) {
    return model
        ->forward(x, {.training = true, .seed = seed, .numbers = record_on(Device::cpu, StepNumbers{.step = step})})
        .to_vector();
  };
  EXPECT_EQ(run(1, 5), run(1, 5));
  EXPECT_NE(run(1, 5), run(1, 6));
  EXPECT_NE(run(1, 5), run(2, 5));
}

}  // namespace
}  // namespace mueca
