#include "nn/gradcam.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/autograd.h"
#include "core/random.h"
#include "nn/registry.h"

namespace mueca {
namespace {

constexpr Index kRows = 2;
const std::vector<int> kClasses{2, 0};

Tensor noise(const Model& model) {
  Tensor x({kRows, model.input.size, model.input.size, model.input.channels});
  Random random({8, RandomStream::test}, 0);
  for (float& v : x.span()) v = random.normal();
  return x;
}

// Logits [K] of one class of one row x [1, S, S, C], the named layer's channel k moved by `step` at every place: all in
// one batch, whose row k is x with channel k moved. The layer's output [P, Q, K] as it was goes to `output`.
std::vector<float> moved(Model& model, const Tensor& x, int label, const std::string& layer, float step,
                         std::vector<float>& output) {
  const NoGrad no_grad;
  Context context;
  Index channels = 0;
  context.tap = [&](std::string_view name, Tensor& y) {
    if (name == layer) output = y.to_vector(), channels = y.extent(3);
  };
  model.forward(x, context);
  Tensor rows({channels, x.extent(1), x.extent(2), x.extent(3)});
  for (Index k = 0; k < channels; ++k) std::ranges::copy(x.span(), rows.data() + k * x.size());
  context.tap = [&](std::string_view name, Tensor& y) {
    if (name != layer) return;
    y = y.clone();
    const Index values = y.size() / channels;
    for (Index k = 0; k < channels; ++k)
      for (Index i = k; i < values; i += channels) y.data()[k * values + i] += step;
  };
  const Tensor logits = model.forward(rows, context);
  std::vector<float> out;
  for (Index k = 0; k < channels; ++k) out.push_back(logits.data()[k * logits.extent(1) + label]);
  return out;
}

// The same map from differences of the logit: the mean over places of its gradient is the slope along a whole channel.
std::vector<double> by_differences(Model& model, const Tensor& x, int label, const std::string& layer, float step,
                                   Index places) {
  std::vector<float> output;
  const auto up = moved(model, x, label, layer, step, output), down = moved(model, x, label, layer, -step, output);
  std::vector<double> map(static_cast<std::size_t>(places));
  for (std::size_t p = 0; p < map.size(); ++p) {
    for (std::size_t k = 0; k < up.size(); ++k)
      map[p] += (static_cast<double>(up[k]) - down[k]) / (2.0 * step * static_cast<double>(places)) *
                output[p * up.size() + k];
    map[p] = std::max(0.0, map[p]);
  }
  const double largest = *std::ranges::max_element(map);
  for (double& v : map) v /= largest > 0 ? largest : 1;
  return map;
}

void compare(Model& model, const std::string& layer, float step, double tolerance) {
  const Tensor x = noise(model);
  const Tensor map = grad_cam(model, x, kClasses, layer);
  const Index places = map.extent(1) * map.extent(2), values = x.size() / kRows;
  float largest = 0;
  for (Index n = 0; n < kRows; ++n) {
    const Tensor row = x.slice(n * values, values, {1, x.extent(1), x.extent(2), x.extent(3)});
    const auto expected = by_differences(model, row, kClasses[static_cast<std::size_t>(n)], layer, step, places);
    for (Index p = 0; p < places; ++p) {
      const float got = map.data()[n * places + p];
      EXPECT_NEAR(got, expected[static_cast<std::size_t>(p)], tolerance) << model.config.name << " " << layer;
      largest = std::max(largest, got);
    }
  }
  EXPECT_EQ(largest, 1.0f) << model.config.name << ": an empty map says nothing";
  for (const Parameter& parameter : model.parameters) {
    const bool left = parameter.value.requires_grad() && grad_of(parameter.value).defined();
    EXPECT_FALSE(left) << parameter.name;
  }
}

// Behind the last map every network is linear (pooling, dropout off, one dense
// layer): a large step has no error but that of rounding, logits of about 1 to
// 2^-24, over a step of 1, summed over the channels.
TEST(GradCam, IsTheSlopeOfTheLogitInEveryFamily) {
  for (const std::string& name : model_names()) {
    ModelConfig config{.name = name, .classes = 3, .size = 32, .width = 0.25f, .seed = 4};
    if (name.ends_with("_cnn")) config.variant = "gap";
    if (name == "mobilenet_v2") config.unstrided = 1;  // a last map of 2 x 2
    const auto model = make_model(config);
    if (model->memory_size() == 0) compare(*model, last_map(*model), 1, 1e-3);
  }
}

TEST(GradCam, SeesThroughGatesThatAreNotLinear) {
  const auto model = make_model({.name = "cnn_gru", .classes = 3, .size = 32, .width = 0.25f, .hidden = 16, .seed = 4});
  EXPECT_EQ(last_map(*model), "block4");
  compare(*model, "block4", 2e-2f, 1e-2);  // a step's curvature and rounding, as shares of the slope, are about equal
}

TEST(GradCam, SeesThroughLayersInBetween) {
  const auto model = make_model({.name = "baseline_cnn", .variant = "gap", .classes = 3, .size = 16, .width = 0.25f});
  EXPECT_EQ(last_map(*model), "block4");
  compare(*model, "block3", 2e-3f, 2e-2);  // a kink of ReLU or of max-pooling may lie within the step
}

TEST(GradCam, FrozenNetworksToo) {
  const auto model = make_model({.name = "mobilenet_v2",
                                 .classes = 3,
                                 .size = 32,
                                 .width = 0.35f,
                                 .trainable = "head",
                                 .unstrided = 2,
                                 .seed = 2});
  compare(*model, "out_relu", 1, 1e-3);
}

TEST(GradCam, WhatDoesNotFitIsNamed) {
  const auto model = make_model({.name = "baseline_cnn", .classes = 3, .size = 16, .width = 0.125f});
  const auto complaint = [&](const std::string& layer, std::vector<int> classes) -> std::string {
    try {
      grad_cam(*model, noise(*model), classes, layer);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(complaint("block9", kClasses),
            "grad_cam: baseline_cnn has no map \"block9\"; known: block1 "
            "block2 block3");
  EXPECT_NE(complaint("features", kClasses).find("has no map \"features\""), std::string::npos);
  EXPECT_EQ(complaint("block3", {1}), "grad_cam: 1 classes for 2 rows");
  EXPECT_EQ(complaint("block3", {1, 3}), "grad_cam: class 3 of 3");
}

}  // namespace
}  // namespace mueca
