// Average precision and ROC area against scikit-learn 1.x (average_precision_score, roc_auc_score and the curves), ties
// included.
#include "nn/ranking.h"

#include <gtest/gtest.h>

#include <cmath>

namespace mueca {
namespace {

TEST(Ranking, AsScikitLearnsExample) {
  const Ranking r = rank(std::vector<float>{0.1f, 0.4f, 0.35f, 0.8f}, {false, false, true, true});
  EXPECT_NEAR(r.average_precision, 0.8333333333333333, 1e-15);
  EXPECT_NEAR(r.area, 0.75, 1e-15);
}

TEST(Ranking, EqualScoresShareAPoint) {
  const std::vector<float> scores{0.9f, 0.9f, 0.8f, 0.5f, 0.5f, 0.5f, 0.5f, 0.3f, 0.3f, 0.3f, 0.1f, 0.0f};
  const Ranking r = rank(scores, {true, false, true, true, false, false, true, false, false, true, false, false});
  EXPECT_EQ(r.positives, 5);
  EXPECT_EQ(r.negatives, 7);
  EXPECT_EQ(r.threshold, (std::vector<double>{0.9f, 0.8f, 0.5f, 0.3f, 0.1f, 0.0f}));
  const double precision[] = {0.5, 0.66666667, 0.57142857, 0.5, 0.45454545, 0.41666667};
  const double recall[] = {0.2, 0.4, 0.8, 1, 1, 1};
  const double rate[] = {0.14285714, 0.14285714, 0.42857143, 0.71428571, 0.85714286, 1};
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_NEAR(r.precision[i], precision[i], 1e-8) << i;
    EXPECT_NEAR(r.recall[i], recall[i], 1e-12) << i;
    EXPECT_NEAR(r.false_positive_rate[i], rate[i], 1e-8) << i;
  }
  EXPECT_NEAR(r.average_precision, 0.5619047619047618, 1e-14);
  EXPECT_NEAR(r.area, 0.7285714285714286, 1e-14);
  const Ranking level = rank(std::vector<float>(4, 0.5f), {false, true, false, true});
  EXPECT_EQ(level.threshold.size(), 1u);
  EXPECT_DOUBLE_EQ(level.average_precision, 0.5);
  EXPECT_DOUBLE_EQ(level.area, 0.5);
}

TEST(Ranking, OneKindOnlyHasNoFigure) {
  const Ranking none = rank(std::vector<float>{0.1f, 0.2f}, {false, false});
  EXPECT_TRUE(std::isnan(none.average_precision) && std::isnan(none.area));
  const Ranking all = rank(std::vector<float>{0.1f, 0.2f}, {true, true});
  EXPECT_DOUBLE_EQ(all.average_precision, 1);
  EXPECT_TRUE(std::isnan(all.area));
  EXPECT_TRUE(rank({}, {}).threshold.empty());
  EXPECT_THROW(rank(std::vector<float>{NAN}, {true}), Error);
  EXPECT_THROW(rank(std::vector<float>{0.5f}, {true, false}), Error);
}

TEST(Ranking, TakesAClassOfManyAgainstTheRest) {
  const Tensor p = Tensor::from({4, 3}, {0.2f, 0.3f, 0.5f, 0.6f, 0.3f, 0.1f, 0.1f, 0.8f, 0.1f, 0.3f, 0.3f, 0.4f});
  const std::vector<std::int32_t> labels{2, 0, 1, 1};
  const Ranking r = rank_class(p, labels, 1);  // scores 0.3 0.3 0.8 0.3, two of them positive
  EXPECT_EQ(r.positives, 2);
  EXPECT_DOUBLE_EQ(r.average_precision, 0.5 * 1 + 0.5 * 0.5);
  EXPECT_DOUBLE_EQ(r.area, 0.75);
  EXPECT_THROW(rank_class(p, labels, 3), Error);
}

}  // namespace
}  // namespace mueca
