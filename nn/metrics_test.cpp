// Metrics against numbers worked out by hand (Wilson and McNemar also against published examples).
#include "nn/metrics.h"

#include <gtest/gtest.h>

namespace mueca {
namespace {

// truth 0: 3 right, 1 as class 1; truth 1: 2 right, 2 as class 0; class 2 never occurs.
ConfusionMatrix example() {
  ConfusionMatrix m(3);
  for (int i = 0; i < 3; ++i) m.add(0, 0);
  m.add(0, 1);
  for (int i = 0; i < 2; ++i) m.add(1, 1), m.add(1, 0);
  return m;
}

TEST(Metrics, ConfusionMatrixAndItsFigures) {
  const ConfusionMatrix m = example();
  EXPECT_EQ(m.total(), 8);
  EXPECT_EQ(m.correct(), 5);
  EXPECT_DOUBLE_EQ(m.accuracy(), 0.625);
  const auto figures = per_class(m);
  EXPECT_DOUBLE_EQ(figures[0].precision, 0.6);
  EXPECT_DOUBLE_EQ(figures[0].recall, 0.75);
  EXPECT_DOUBLE_EQ(figures[0].f1, 2 * 0.6 * 0.75 / 1.35);
  EXPECT_EQ(figures[0].support, 4);
  EXPECT_DOUBLE_EQ(figures[1].precision, 2.0 / 3);
  EXPECT_EQ(figures[2].support, 0);
  EXPECT_DOUBLE_EQ(macro_f1(m), (2.0 / 3 + 4.0 / 7) / 2);
  EXPECT_THROW(ConfusionMatrix(2).add(0, 2), Error);
  EXPECT_EQ(ConfusionMatrix(2).accuracy(), 0);
}

TEST(Metrics, WilsonInterval) {
  const Interval i = wilson_interval(81, 263);  // Newcombe 1998, table I: 0.2553 to 0.3662
  EXPECT_NEAR(i.low, 0.2553, 5e-5);
  EXPECT_NEAR(i.high, 0.3662, 5e-5);
  EXPECT_NEAR(wilson_interval(0, 20).high, 0.1611, 5e-5);  // the same table
  EXPECT_EQ(wilson_interval(0, 20).low, 0);
  EXPECT_EQ(wilson_interval(0, 0).high, 1);
}

TEST(Metrics, ArgmaxTakesTheFirstOfATie) {
  EXPECT_EQ(argmax_rows(Tensor::from({2, 3}, {1, 3, 3, 5, 2, 1})), (std::vector<int>{1, 0}));
}

TEST(Metrics, CalibrationError) {
  // Confidence 0.9 (right), 0.9 (wrong), 0.6 (right), 1.0 (right) in bins of 0.2.
  const Tensor p = Tensor::from({4, 2}, {0.9f, 0.1f, 0.9f, 0.1f, 0.4f, 0.6f, 1, 0});
  const std::vector<std::int32_t> labels = {0, 1, 1, 0};
  const Reliability c = reliability(p, labels, 4);
  EXPECT_EQ(c.bins[3].count, 3);
  EXPECT_EQ(c.bins[2].count, 1);
  EXPECT_NEAR(c.bins[3].confidence, 2.8 / 3, 1e-6);
  EXPECT_NEAR(c.bins[3].accuracy, 2.0 / 3, 1e-12);
  EXPECT_NEAR(c.error, (2.8 - 2.0) / 4 + 0.4 / 4, 1e-6);
  EXPECT_THROW(reliability(p, std::vector<std::int32_t>{0}, 4), Error);
}

TEST(Metrics, McNemarCountsDiscordantPairs) {
  // 15 samples that only A has right, 5 that only B has, 3 both, 2 neither.
  std::vector<std::int32_t> labels(25, 0);
  std::vector<int> a(25, 1), b(25, 1);
  for (std::size_t i = 0; i < 15; ++i) a[i] = 0;
  for (std::size_t i = 15; i < 20; ++i) b[i] = 0;
  for (std::size_t i = 20; i < 23; ++i) a[i] = b[i] = 0;
  const McNemar m = mcnemar(labels, a, b);
  EXPECT_EQ(m.only_a, 15);
  EXPECT_EQ(m.only_b, 5);
  EXPECT_DOUBLE_EQ(m.statistic, 81.0 / 20);
  EXPECT_NEAR(m.p_corrected, 0.04417, 1e-5);        // chi-squared 4.05
  EXPECT_NEAR(m.p_exact, 43400.0 / 1048576, 1e-9);  // 2 (1 + 20 + 190 + 1140 + 4845 + 15504) / 2^20
  EXPECT_EQ(mcnemar(labels, a, a).p_exact, 1);
}

}  // namespace
}  // namespace mueca
