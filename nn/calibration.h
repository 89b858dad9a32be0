// What a classifier's probabilities may be believed: a temperature and a threshold, fitted on images it did not learn.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "nn/model.h"

namespace mueca {

// The share of answers that should be right among those that are given. FER2013's own annotators agree on an image by
// about three votes of four, so four right answers of five is what a confident answer can mean there.
inline constexpr double kAnswerTarget = 0.8;

// The t that minimises the mean of -log softmax(logits / t)[label] (Guo et al. 2017), in [0.05, 20]. logits [N, K].
// In 1 / t that mean is convex: the root of its slope, by Newton steps kept inside a bracket, in double.
double fit_temperature(const Tensor& logits, std::span<const std::int32_t> labels);

// Mean of -log softmax(logits / temperature)[label], in double.
double negative_log_likelihood(const Tensor& logits, std::span<const std::int32_t> labels, double temperature = 1);

// Answers whose probability reaches a threshold.
struct Answered {
  double coverage = 0, accuracy = 0;  // share of all that are answered; share of those that are right (0 if none)
};
Answered answered(const Tensor& probabilities, std::span<const std::int32_t> labels, double threshold);

// The smallest threshold, so the most answers, at which `target` of the answered are right; 1 when there is none.
// It lies halfway between the last probability that is answered and the first that is not.
double answer_threshold(const Tensor& probabilities, std::span<const std::int32_t> labels, double target);

// Both, from the logits [N, K] of a split.
Calibration fit_calibration(const Tensor& logits, std::span<const std::int32_t> labels, const std::string& split,
                            double target = kAnswerTarget);

// logits / temperature: what softmax turns into calibrated probabilities. The largest stays the largest.
Tensor calibrated(const Tensor& logits, const Calibration& calibration);

}  // namespace mueca
