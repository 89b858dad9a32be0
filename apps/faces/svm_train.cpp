#include <algorithm>
#include <cmath>
#include <map>
#include <opencv2/ml.hpp>

#include "apps/faces/svm.h"
#include "core/autograd.h"
#include "core/error.h"
#include "core/ops.h"
#include "nn/optimizer.h"

namespace mueca {
namespace {

// Per class 1/2 |w|^2 + C sum_i max(0, 1 - s (w x_i + b))^2, divided by C N: Adam with the penalty in the gradient,
// since a decoupled decay has another optimum. All rows at once, the rate falling to 0.
void train_linear(Svm& svm, const Tensor& x, const Tensor& targets) {
  constexpr int kSteps = 600;
  constexpr float kRate = 0.05f;
  ParameterSet parameters;
  const Index width = x.extent(1), classes = targets.extent(1);
  Parameter* kernel = parameters.add("kernel", Tensor::full({width, classes}, 0), true, true);
  Parameter* bias = parameters.add("bias", Tensor::full({classes}, 0), true, false);
  parameters.flatten();
  OptimizerConfig config;
  config.kind = "adam";
  config.weight_decay = 1 / (svm.config.c * static_cast<float>(x.extent(0)));
  Optimizer optimizer(config, parameters);
  for (int step = 0; step < kSteps; ++step) {
    backward(squared_hinge(dense(x, kernel->value, bias->value), targets));
    const float left = 1 - static_cast<float>(step) / kSteps;
    optimizer.step(kRate * left * left, parameters.gather_gradients());
  }
  svm.vectors = Tensor({classes, width});
  svm.coefficients = Tensor::full({classes, classes}, 0);
  for (Index k = 0; k < classes; ++k) {
    for (Index d = 0; d < width; ++d) svm.vectors.data()[k * width + d] = kernel->value.data()[d * classes + k];
    svm.coefficients.data()[k * classes + k] = 1;
  }
  svm.bias = bias->value.detached().clone();
}

cv::Ptr<cv::ml::SVM> machine(const SvmConfig& config) {
  const auto made = cv::ml::SVM::create();
  made->setType(cv::ml::SVM::C_SVC);
  made->setKernel(cv::ml::SVM::RBF);
  made->setGamma(config.gamma);
  made->setC(config.c);
  made->setTermCriteria({cv::TermCriteria::MAX_ITER + cv::TermCriteria::EPS, 20000, 1e-3});
  return made;
}

void train_rbf(Svm& svm, const Tensor& x, std::span<const std::int32_t> labels) {
  const int rows = static_cast<int>(x.extent(0)), width = static_cast<int>(x.extent(1));
  const cv::Mat samples(rows, width, CV_32F, x.data());
  std::map<std::vector<float>, std::size_t> places;  // a support vector of several classes is kept once
  std::vector<float> vectors;
  std::vector<std::map<std::size_t, double>> weights;
  svm.bias = Tensor({static_cast<Index>(svm.classes.size())});
  for (std::size_t k = 0; k < svm.classes.size(); ++k) {
    cv::Mat sides(rows, 1, CV_32S);
    for (int i = 0; i < rows; ++i) sides.at<int>(i) = labels[static_cast<std::size_t>(i)] == static_cast<int>(k);
    const auto one = machine(svm.config);
    check(one->train(samples, cv::ml::ROW_SAMPLE, sides), "svm: class ", svm.classes[k], ": no machine was found");
    cv::Mat alpha, which;
    // The library's value is sum - rho and speaks for the smaller label, here 0, "the rest": ours is its negative.
    svm.bias.data()[k] = static_cast<float>(one->getDecisionFunction(0, alpha, which));
    const cv::Mat support = one->getSupportVectors();
    weights.emplace_back();
    for (int i = 0; i < which.cols; ++i) {
      const float* row = support.ptr<float>(which.at<int>(i));
      const auto [place, fresh] = places.try_emplace({row, row + width}, places.size());
      if (fresh) vectors.insert(vectors.end(), row, row + width);
      weights.back()[place->second] -= alpha.at<double>(i);
    }
  }
  const auto count = static_cast<Index>(places.size());
  svm.vectors = Tensor::from({count, width}, vectors);
  svm.coefficients = Tensor::full({static_cast<Index>(weights.size()), count}, 0);
  for (std::size_t k = 0; k < weights.size(); ++k)
    for (const auto& [m, weight] : weights[k])
      svm.coefficients.data()[static_cast<Index>(k) * count + static_cast<Index>(m)] = static_cast<float>(weight);
}

}  // namespace

Svm train_svm(const SvmConfig& config, const std::vector<std::string>& classes, const Tensor& features,
              std::span<const std::int32_t> labels) {
  check(config.kernel == "linear" || config.kernel == "rbf", "svm.kernel: expected linear or rbf, got \"",
        config.kernel, "\"");
  check(std::isfinite(config.c) && config.c > 0, "svm.c: expected more than 0, got ", config.c);
  check(std::isfinite(config.gamma) && config.gamma > 0, "svm.gamma: expected more than 0, got ", config.gamma);
  const auto k = static_cast<Index>(classes.size());
  std::vector<std::int64_t> seen(classes.size());
  for (const std::int32_t label : labels) ++seen.at(static_cast<std::size_t>(label));
  for (std::size_t i = 0; i < seen.size(); ++i)
    check(seen[i] > 0, "svm: class \"", classes[i], "\" has no image to learn from");
  Svm svm;
  svm.config = config;
  svm.classes = classes;
  if (config.kernel == "linear")
    train_linear(svm, features, one_hot(Tensor::from<std::int32_t>({features.extent(0)}, labels), k));
  else
    train_rbf(svm, features, labels);
  return svm;
}

}  // namespace mueca
