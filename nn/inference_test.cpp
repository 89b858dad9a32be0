// The inference form answers as the model does: every network of the registry, one image and many, in any order.
#include "nn/inference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/ops.h"
#include "nn/registry.h"

namespace mueca {
namespace {

const ModelConfig kConfigs[] = {{.name = "baseline_cnn", .width = 0.5f},
                                {.name = "baseline_cnn", .variant = "gap"},
                                {.name = "se_cnn", .size = 44, .width = 0.5f},
                                {.name = "se_resnet", .width = 0.25f},
                                {.name = "se_resnet", .width = 0.5f, .depth = 10, .se = false},
                                {.name = "vgg", .width = 0.25f},
                                {.name = "vgg", .variant = "keras", .width = 0.25f},
                                {.name = "mobilenet_v2", .width = 0.35f},
                                {.name = "mobilenet_v2", .size = 96, .width = 0.5f, .unstrided = 1}};

// Statistics, scales and offsets as training leaves them, so that folding has something to do.
void disturb(Model& model) {
  Random random({7, RandomStream::test});
  for (Parameter& p : model.parameters) {
    const bool positive = p.name.ends_with("gamma") || p.name.ends_with("moving_variance");
    const bool offset = p.name.ends_with("beta") || p.name.ends_with("moving_mean") || p.name.ends_with("bias");
    for (float& v : p.value.span())
      if (positive || offset) v = positive ? random.uniform(0.5f, 1.5f) : random.uniform(-0.3f, 0.3f);
  }
}

Tensor images(const Model& model, Index n) {
  Tensor x({n, model.input.size, model.input.size, model.input.channels});
  Random random({5, RandomStream::test});
  for (float& v : x.span()) v = static_cast<float>(random.below(256)) * model.input.scale + model.input.shift;
  return x;
}

// The most that a logit moves when every weight is rounded anew (by up to one unit in the last place): what float32
// leaves undecided about this network. Folding rounds each weight once, and each sum a little differently.
float doubt(const ModelConfig& config, const Tensor& x, const std::vector<float>& logits) {
  const auto model = make_model(config);
  disturb(*model);
  Random random({9, RandomStream::test});
  for (Parameter& p : model->parameters)
    for (float& v : p.value.span()) v *= 1 + random.uniform(-1, 1) * 0x1p-23f;
  const NoGrad no_grad;
  const auto moved = model->forward(x, {}).to_vector();
  float most = 0;
  for (std::size_t i = 0; i < moved.size(); ++i) most = std::max(most, std::abs(moved[i] - logits[i]));
  return most;
}

TEST(Inference, EveryModelAnswersAsBefore) {
  std::vector<ModelConfig> configs(std::begin(kConfigs), std::end(kConfigs));
  for (const std::string& name : model_names())  // those that have no line above
    if (std::ranges::none_of(configs, [&](const ModelConfig& c) { return c.name == name; }))
      configs.push_back({.name = name});
  for (const ModelConfig& config : configs) {
    const auto model = make_model(config);
    disturb(*model);
    InferenceForm form(*model);
    for (const Index n : {1, 3, 6}) {  // one image, few, and more than the packed kernels take
      const Tensor x = images(*model, n);
      const NoGrad no_grad;
      const auto expected = model->forward(x, {}).to_vector(), got = form.forward(x).to_vector();
      ASSERT_EQ(got.size(), expected.size());
      const float bound = 8 * doubt(config, x, expected);
      ASSERT_TRUE(bound > 0 && bound < 1e-3f * std::abs(*std::ranges::max_element(expected)))
          << config.name << ": the case proves nothing";
      float apart = 0;
      for (std::size_t i = 0; i < got.size(); ++i) apart = std::max(apart, std::abs(got[i] - expected[i]));
      EXPECT_LE(apart, bound) << config.name << ", " << n << " images";
    }
  }
}

TEST(Inference, RepeatsItsBytesAndRecordsNothing) {
  const auto model = make_model({.name = "baseline_cnn", .variant = "gap", .width = 0.5f});
  InferenceForm form(*model), other(*model);
  const Tensor x = images(*model, 1);
  const Tensor y = form.forward(x);
  EXPECT_FALSE(y.requires_grad());
  EXPECT_EQ(form.forward(x).to_vector(), y.to_vector());
  EXPECT_EQ(other.forward(x).to_vector(), y.to_vector());
}

// Training goes on beside it: the form keeps the convolutions that it folded, a new form has the new ones.
TEST(Inference, TrainingDoesNotSeeIt) {
  const auto model = make_model({.name = "baseline_cnn", .variant = "gap", .width = 0.25f});
  const Tensor x = images(*model, 2);
  const auto answer = [&] {
    const NoGrad no_grad;
    return model->forward(x, {}).to_vector();
  };
  const auto before = answer();
  InferenceForm form(*model);
  form.forward(x);
  EXPECT_EQ(answer(), before);
  for (float& v : model->parameters.find("block1_conv1/kernel")->value.span()) v *= 3;
  const auto after = answer();
  EXPECT_NE(after, before);
  const auto renewed = InferenceForm(*model).forward(x).to_vector();
  for (std::size_t i = 0; i < after.size(); ++i) EXPECT_NEAR(renewed[i], after[i], 1e-5f) << i;
}

}  // namespace
}  // namespace mueca
