// Figures of a classifier on a set: confusion matrix and what follows from it, calibration, and a paired test.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/tensor.h"

namespace mueca {

// Row: true class, column: predicted class.
class ConfusionMatrix {
 public:
  explicit ConfusionMatrix(int classes);
  void add(int truth, int predicted);  // throws Error outside [0, classes)
  int classes() const { return classes_; }
  std::int64_t operator()(int truth, int predicted) const;
  std::int64_t total() const;
  std::int64_t correct() const;
  double accuracy() const;  // 0 when empty

 private:
  int classes_;
  std::vector<std::int64_t> count_;  // [classes, classes]
};

struct ClassFigures {
  double precision = 0, recall = 0, f1 = 0;  // 0 where undefined (0 / 0), as scikit-learn's zero_division=0
  std::int64_t support = 0;                  // samples of this class
};
std::vector<ClassFigures> per_class(const ConfusionMatrix& matrix);
// Mean of the classes' F1 over the classes that occur as truth or as prediction.
double macro_f1(const ConfusionMatrix& matrix);

// Wilson's score interval for a proportion; z = 1.96 is 95 % (Wilson 1927). n = 0 gives [0, 1].
struct Interval {
  double low = 0, high = 1;
};
Interval wilson_interval(std::int64_t successes, std::int64_t n, double z = 1.959963984540054);

// The largest of each row of p [N, K]; a tie goes to the first.
std::vector<int> argmax_rows(const Tensor& p);

// Expected calibration error: sum over `bins` equal bins of the top probability of |accuracy - confidence| n_b / n
// (Guo et al. 2017). probabilities [N, K], labels N of [0, K).
struct ReliabilityBin {
  double confidence = 0, accuracy = 0;  // means over the bin
  std::int64_t count = 0;
};
struct Reliability {
  double error = 0;
  std::vector<ReliabilityBin> bins;
};
Reliability reliability(const Tensor& probabilities, std::span<const std::int32_t> labels, int bins = 15);

// McNemar's test of two classifiers on the same samples (McNemar 1947; exact: binomial, two-sided).
struct McNemar {
  std::int64_t only_a = 0, only_b = 0;  // discordant: only A right, only B right
  double statistic = 0;                 // (|only_a - only_b| - 1)^2 / (only_a + only_b), with continuity correction
  double p_corrected = 1;               // chi-squared with one degree of freedom
  double p_exact = 1;
};
McNemar mcnemar(std::span<const std::int32_t> labels, std::span<const int> a, std::span<const int> b);

}  // namespace mueca
