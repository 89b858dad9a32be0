#include "nn/calibration.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/ops.h"
#include "nn/metrics.h"

namespace mueca {
namespace {

// Random logits, rounded; the references come from NumPy: a grid over t, refined twelve times.
const Tensor kLogits =
    Tensor::from({12, 3}, {-2.4f, -4.0f, -0.7f, 1.3f,  3.4f,  0.3f,  -1.7f, -2.4f, 2.2f,  4.9f,  0.8f,  -3.7f,
                           -2.9f, 4.8f,  0.6f,  -5.2f, -0.3f, -3.5f, -1.9f, -1.5f, -2.1f, 1.7f,  -0.2f, -1.8f,
                           1.2f,  2.5f,  -4.9f, -0.8f, -2.9f, -0.5f, -3.9f, 0.1f,  -0.1f, -0.9f, -3.1f, -1.2f});
const std::vector<std::int32_t> kLabels{2, 1, 2, 0, 1, 1, 1, 2, 1, 1, 0, 2};

TEST(Calibration, TheTemperatureIsThatOfTheReference) {
  EXPECT_NEAR(fit_temperature(kLogits, kLabels), 2.6596743933934586, 1e-6);
  EXPECT_NEAR(negative_log_likelihood(kLogits, kLabels), 1.141294725250539, 1e-7);
  EXPECT_NEAR(negative_log_likelihood(kLogits, kLabels, 2.6596743933934586), 0.8900372109612915, 1e-7);
}

TEST(Calibration, ScaledLogitsScaleTheTemperature) {
  Tensor scaled = kLogits.clone();
  for (float& x : scaled.span()) x *= 4;
  EXPECT_NEAR(fit_temperature(scaled, kLabels), 4 * fit_temperature(kLogits, kLabels), 1e-6);
}

TEST(Calibration, ExtremesStayInside) {
  const Tensor sure = Tensor::from({2, 2}, {1, 0, 0, 1});
  EXPECT_EQ(fit_temperature(sure, std::vector<std::int32_t>{0, 1}), 0.05);  // always right: as sure as allowed
  EXPECT_EQ(fit_temperature(sure, std::vector<std::int32_t>{1, 0}), 20.0);  // always wrong
  const Tensor huge = Tensor::from({2, 2}, {3e4f, 0, 3e4f, 0});
  EXPECT_EQ(fit_temperature(huge, std::vector<std::int32_t>{0, 1}), 20.0);
}

TEST(Calibration, TheThresholdAnswersAsManyAsTheTargetAllows) {
  const Calibration fitted = fit_calibration(kLogits, kLabels, "held out", 0.8);
  EXPECT_NEAR(fitted.threshold, (0.46516 + 0.55039) / 2, 1e-5);  // NumPy: 8 of 12 answered, 7 of them right
  EXPECT_EQ(fitted.split, "held out");
  const Tensor p = softmax(calibrated(kLogits, fitted));
  const Answered at = answered(p, kLabels, fitted.threshold);
  EXPECT_DOUBLE_EQ(at.coverage, 8.0 / 12);
  EXPECT_DOUBLE_EQ(at.accuracy, 7.0 / 8);
  EXPECT_EQ(answer_threshold(p, kLabels, 0.6), 0.0);   // all 12, 8 of them right
  EXPECT_LT(answer_threshold(p, kLabels, 1.0), 0.65);  // the five surest are right
  EXPECT_DOUBLE_EQ(answered(p, kLabels, answer_threshold(p, kLabels, 1.0)).coverage, 5.0 / 12);
  std::vector<std::int32_t> wrong;
  for (const int k : argmax_rows(p)) wrong.push_back((k + 1) % 3);
  EXPECT_EQ(answer_threshold(p, wrong, 0.8), 1.0);
}

TEST(Calibration, EquallySureAnswersAreGivenTogether) {
  const Tensor p = Tensor::from({4, 2}, {0.6f, 0.4f, 0.6f, 0.4f, 0.6f, 0.4f, 0.9f, 0.1f});
  EXPECT_NEAR(answer_threshold(p, std::vector<std::int32_t>{1, 0, 0, 0}, 0.8), 0.75, 1e-6);
}

TEST(Calibration, AnswersStayTheSame) {
  Calibration fitted;
  fitted.temperature = 2.5f;
  EXPECT_EQ(argmax_rows(calibrated(kLogits, fitted)), argmax_rows(kLogits));
}

TEST(Calibration, WhatDoesNotFitIsRefused) {
  EXPECT_THROW(fit_temperature(kLogits, std::vector<std::int32_t>{1}), Error);
  EXPECT_THROW(fit_temperature(Tensor::from({1, 2}, {NAN, 1}), std::vector<std::int32_t>{1}), Error);
  EXPECT_THROW(fit_temperature(Tensor::from({1, 2}, {0, 1}), std::vector<std::int32_t>{2}), Error);
  EXPECT_THROW(answer_threshold(softmax(kLogits), kLabels, 1.5), Error);
}

}  // namespace
}  // namespace mueca
