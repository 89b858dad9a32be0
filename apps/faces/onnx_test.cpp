// Exported networks, run by OpenCV's DNN module: an implementation that shares nothing with ours.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <opencv2/dnn.hpp>
#include <set>

#include "apps/faces/recognizer.h"
#include "nn/onnx.h"
#include "tests/onnx/networks.h"

namespace mueca {
namespace {

// Ours [N, S, S, C] as OpenCV's blob [N, C, S, S].
cv::Mat blob_of(const Tensor& x) {
  const auto n = static_cast<int>(x.extent(0)), s = static_cast<int>(x.extent(1)), c = static_cast<int>(x.extent(3));
  cv::Mat blob(std::vector<int>{n, c, s, s}, CV_32F);
  for (int i = 0; i < n; ++i)
    for (int k = 0; k < c; ++k)
      for (int p = 0; p < s * s; ++p) blob.ptr<float>(i, k)[p] = x.data()[(Index{i} * s * s + p) * c + k];
  return blob;
}

// Largest difference between OpenCV's values and ours, as a share of our largest.
double difference(const Tensor& ours, const cv::Mat& theirs) {
  EXPECT_EQ(theirs.total(), static_cast<std::size_t>(ours.size()));
  if (theirs.total() != static_cast<std::size_t>(ours.size())) return 1;
  double largest = 0, worst = 0;
  for (Index i = 0; i < ours.size(); ++i) {
    largest = std::max(largest, std::abs(double{ours.data()[i]}));
    worst = std::max(worst, std::abs(double{ours.data()[i]} - theirs.ptr<float>()[i]));
  }
  EXPECT_GT(largest, 0.01);
  return worst / largest;
}

// Three times the same images: what a sequence model remembers changes its answer.
double difference(Model& model, cv::dnn::Net& net, Index n) {
  const NoGrad no_grad;
  const auto units = static_cast<int>(model.memory_size());
  const Tensor x = random_images(model, n);
  Context context;
  if (units > 0) context.memory = Tensor::full({n, units}, 0);
  cv::Mat memory(static_cast<int>(n), units, CV_32F, cv::Scalar(0));
  double worst = 0;
  for (int frame = 0; frame < (units > 0 ? 3 : 1); ++frame) {
    const Tensor logits = model.forward(x, context);
    net.setInput(blob_of(x), "image");
    if (units > 0) net.setInput(memory, "memory");
    std::vector<cv::Mat> outputs;
    net.forward(outputs, net.getUnconnectedOutLayersNames());
    EXPECT_EQ(outputs.size(), units > 0 ? 2u : 1u);
    worst = std::max(worst, difference(logits, outputs.at(0)));
    if (units == 0) continue;
    worst = std::max(worst, difference(context.memory, outputs.at(1)));
    memory = outputs[1].clone();
  }
  return worst;
}

cv::dnn::Net read(const std::string& bytes) { return cv::dnn::readNetFromONNX(bytes.data(), bytes.size()); }

void expect_equal(Model& model) {
  scramble(model);
  cv::dnn::Net net = read(onnx_model(model));
  EXPECT_LT(difference(model, net, 3), 1e-4) << model.config.name;  // the batch is open
  EXPECT_LT(difference(model, net, 1), 1e-4) << model.config.name;
}

std::string name_of(const testing::TestParamInfo<ModelConfig>& info) { return str(info.param.name, "_", info.index); }

class OnnxOfAModel : public testing::TestWithParam<ModelConfig> {};

TEST_P(OnnxOfAModel, GivesTheSameLogitsInOpenCV) { expect_equal(*make_model(GetParam())); }

INSTANTIATE_TEST_SUITE_P(Onnx, OnnxOfAModel, testing::ValuesIn(exported_models()), name_of);

TEST(Onnx, TheListAboveNamesEveryModel) {
  std::set<std::string> listed;
  for (const ModelConfig& config : exported_models()) listed.insert(config.name);
  for (const std::string& name : model_names()) EXPECT_TRUE(listed.contains(name)) << name;
}

TEST(Onnx, OpsThatNoModelHas) {
  OddNetwork odd(false);
  expect_equal(odd);
}

TEST(Onnx, ProbabilitiesUseTheTemperature) {
  const auto model = make_model({.name = "baseline_cnn", .variant = "gap", .width = 0.25f});
  scramble(*model);
  model->calibration.temperature = 2.5f;
  cv::dnn::Net net = read(onnx_model(*model, {.probabilities = true}));
  const NoGrad no_grad;
  const Tensor x = random_images(*model, 2), logits = model->forward(x, Context{});
  net.setInput(blob_of(x));
  const cv::Mat theirs = net.forward();
  for (int i = 0; i < 2; ++i) {
    const Expression expected =
        expression_of(logits.span().subspan(static_cast<std::size_t>(i) * 7, 7), model->calibration);
    for (int k = 0; k < 7; ++k)
      EXPECT_NEAR(theirs.at<float>(i, k), expected.probability[static_cast<std::size_t>(k)], 1e-5);
  }
}

}  // namespace
}  // namespace mueca
