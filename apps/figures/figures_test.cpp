// The figures that show how good classifiers are: what must stand in them, and what odd data do to them.
#include <gtest/gtest.h>

#include <cmath>

#include "apps/figures/distribution.h"
#include "apps/figures/forest.h"
#include "apps/figures/pr_roc.h"
#include "apps/figures/reliability.h"
#include "apps/figures/roofline.h"
#include "apps/figures/seed_curves.h"
#include "apps/figures/testing.h"
#include "core/error.h"
#include "data/pack.h"

namespace mueca {
namespace {

std::vector<std::string> long_names(int n) {
  std::vector<std::string> names;
  for (int i = 0; i < n; ++i) names.push_back(str("number ", i, " of the names that go on and on"));
  return names;
}

struct Said {
  Tensor probabilities;
  std::vector<std::int32_t> labels;
};

// Labels in turn; each image's own class gets more as i grows.
Said said(Index n, int classes) {
  Said s{Tensor({n, classes}), {}};
  for (Index i = 0; i < n; ++i) {
    s.labels.push_back(static_cast<std::int32_t>(i % classes));
    for (int k = 0; k < classes; ++k)
      s.probabilities.data()[i * classes + k] = k == s.labels.back()
                                                    ? 0.2f + 0.7f * static_cast<float>(i) / static_cast<float>(n)
                                                    : (0.8f - 0.7f * static_cast<float>(i) / static_cast<float>(n)) /
                                                          static_cast<float>(std::max(1, classes - 1)) *
                                                          (1 + 0.5f * std::sin(static_cast<float>(7 * i + k)));
  }
  return s;
}

TEST(PrRocFigure, NamesEachClassWithItsFigures) {
  const Said s = said(350, 7);
  const Canvas canvas = pr_roc_figure(s.probabilities, s.labels, emotion_names(), "A title", "seed 1");
  expect_legible(canvas);
  const std::string svg = canvas.svg();
  EXPECT_EQ(count(svg, "(14.3 %): AP "), 7u);
  EXPECT_NE(svg.find("seed 1; n = 350; mean over classes: AP "), std::string::npos);
}

TEST(PrRocFigure, TakesOneClassNoImagesAndForty) {
  const Tensor one = Tensor::full({3, 1}, 1);
  const Canvas canvas = pr_roc_figure(one, std::vector<std::int32_t>{0, 0, 0}, {"all"}, "One");
  expect_legible(canvas);
  EXPECT_NE(canvas.svg().find("nothing to rank"), std::string::npos);
  const Said s = said(120, 40);
  expect_legible(pr_roc_figure(s.probabilities, s.labels, long_names(40), "Forty"));
  expect_legible(pr_roc_figure(Tensor({0, 2}), {}, {"a", "b"}, "None"));
}

TEST(ReliabilityFigure, ShowsBinsCountsAndErrors) {
  Reliability half{0.05, std::vector<ReliabilityBin>(15)}, one{0.5, std::vector<ReliabilityBin>(15)};
  for (std::size_t b = 4; b < 15; ++b)
    half.bins[b] = {(static_cast<double>(b) + 0.5) / 15, static_cast<double>(b) / 15,
                    static_cast<std::int64_t>(10 * b)};
  one.bins[9] = {0.63, 1, 1};
  const ReliabilityPanel panels[] = {{"before calibration", half}, {"after, at a temperature of 1.21", one}};
  const Canvas both = reliability_figure(panels, "Two panels", "seed 1");
  expect_legible(both);
  EXPECT_NE(both.svg().find("before calibration: ECE 0.050"), std::string::npos);
  EXPECT_NE(both.svg().find("over 15 equal bins"), std::string::npos);
  expect_legible(reliability_figure(std::span(panels).subspan(1), "One image"));
  const ReliabilityPanel empty[] = {{"", {0, std::vector<ReliabilityBin>(15)}}};
  expect_legible(reliability_figure(empty, "No image"));
  EXPECT_THROW(reliability_figure({}, ""), Error);
}

TEST(DistributionFigure, CountsBySplit) {
  const std::vector<ClassCounts> groups{
      {"training", {3995, 436, 4097, 7215, 4830, 3171, 4965}},
      {"public_test", {467, 56, 496, 895, 653, 415, 607}},
      {"private_test", {491, 55, 528, 879, 594, 416, 626}},
      {"a split without images whose name is long enough to be cut", {0, 0, 0, 0, 0, 0, 0}}};
  const Canvas canvas = distribution_figure(emotion_names(), groups, "FER2013");
  expect_legible(canvas);
  const std::string svg = canvas.svg();
  EXPECT_NE(svg.find("training: largest class 16.5 times the smallest"), std::string::npos);  // 7215 / 436
  EXPECT_NE(svg.find("7 215 (25.1 %)"), std::string::npos);
  EXPECT_NE(svg.find("private_test (n = 3 589)"), std::string::npos);
  expect_legible(distribution_figure(long_names(40), {{"x", std::vector<std::int64_t>(40, 1000000)}}, "Forty"));
  expect_legible(distribution_figure({"one"}, {{"x", {5}}}, "One"));
  EXPECT_THROW(distribution_figure({"a", "b"}, {{"x", {5}}}, ""), Error);
  EXPECT_THROW(distribution_figure({"a"}, {}, ""), Error);
}

TEST(ForestFigure, ShowsIntervalsClaimsAndBands) {
  Forest f{"Accuracy", "n = 3589", "accuracy", {}, {{0.6, 0.7, "people"}}};
  f.rows.push_back({"baseline CNN",
                    "3 seeds",
                    0.697,
                    0.689,
                    0.705,
                    {0.694, 0.7, 0.699},
                    {{0.712, 0, "the winner"}, {0.95, 0.01, std::string(200, 'w')}}});
  f.rows.push_back(
      {std::string(120, 'L'), std::string(120, 'n'), 0.703, 0.703, 0.703, {}, {{0.2, 0, "far to the left of all"}}});
  f.rows.push_back({"failed", "", NAN, NAN, NAN, {}, {}});
  const Canvas canvas = forest_figure(f);
  expect_legible(canvas);
  const std::string svg = canvas.svg();
  EXPECT_NE(svg.find(">69.7 % (68.9 to 70.5)<"), std::string::npos);
  EXPECT_NE(svg.find(">70.3 %<"), std::string::npos);  // without an interval
  EXPECT_NE(svg.find(">not measured<"), std::string::npos);
  EXPECT_NE(svg.find(">71.2 %, the winner<"), std::string::npos);
  EXPECT_NE(svg.find("people: 60.0 to 70.0 %"), std::string::npos);
  f.rows = {f.rows[2]}, f.bands = {};
  expect_legible(forest_figure(f));
  f.rows.clear();
  EXPECT_THROW(forest_figure(f), Error);
}

TEST(RooflineFigure, PutsKernelsUnderTheRoof) {
  const std::vector<RooflineKernel> kernels{{"conv2d forward 3x3", 48, 140}, {"conv2d forward 3x3", 48, 150, true},
                                            {"depthwise 3x3", 2.1, 18},      {"softmax", 0.8, 2.2},
                                            {"no intensity", 0, 5},          {"not a number", NAN, NAN}};
  const std::vector<RooflineCeiling> compute{{"FMA", 160}, {"no FMA", 80}}, memory{{"main memory", 12}, {"L2", 60}};
  const Canvas canvas = roofline_figure(kernels, compute, memory, "Roofline", "one thread");
  expect_legible(canvas);
  const std::string svg = canvas.svg();
  EXPECT_NE(svg.find("ridge at 2.67 FLOP per byte; 2 without a positive figure left out"), std::string::npos);
  EXPECT_EQ(count(svg, ">conv2d forward 3x3<"), 1u);  // the peer shares the entry
  EXPECT_NE(svg.find("FMA: 160 GFLOP/s"), std::string::npos);
  EXPECT_NE(svg.find("main memory: 12.0 GB/s"), std::string::npos);
  expect_legible(roofline_figure({}, compute, memory, "No kernel"));
  EXPECT_THROW(roofline_figure(kernels, compute, {}, ""), Error);
  EXPECT_THROW(roofline_figure(kernels, std::vector<RooflineCeiling>{{"x", 0}}, memory, ""), Error);
}

EpochFigures epoch(int number, double train, double select) {
  EpochFigures e;
  e.epoch = number;
  e.train_accuracy = train, e.train_loss = 1 - train, e.select_accuracy = select, e.select_loss = 1.1 - select;
  return e;
}

TEST(SeedCurves, MeanOverSeedsWithABand) {
  const CurveArm three{
      "three seeds",
      {{epoch(1, 0.3, 0.2), epoch(2, 0.5, 0.4)}, {epoch(1, 0.3, 0.3), epoch(2, 0.5, 0.6)}, {epoch(1, 0.3, 0.25)}}};
  const CurveArm one{"an arm whose label is far too long for the margin", {{epoch(1, 0.35, 0.3), epoch(2, 0.6, 0.55)}}};
  const CurveArm arms[] = {three, one};
  const Canvas canvas = seed_curves_figure(arms, "Curves");
  expect_legible(canvas);
  const std::string svg = canvas.svg();
  EXPECT_NE(svg.find("means over 1 to 3 seeds, bands from the smallest to the largest"), std::string::npos);
  EXPECT_EQ(count(svg, "fill-opacity=\"0.18\""), 2u);  // a band in each panel, for the arm with several seeds
  EXPECT_EQ(count(svg, ">three seeds<"), 2u);
  std::vector<CurveArm> many(12, one);
  for (std::size_t i = 0; i < many.size(); ++i) many[i].label = str("arm ", i);
  expect_legible(seed_curves_figure(many, "Twelve that end in one place"));
}

TEST(SeedCurves, TakesOneEpochAndNoSelection) {
  const CurveArm bare[] = {{"one epoch", {{epoch(1, 0.3, NAN)}}}, {"none", {}}};
  const Canvas canvas = seed_curves_figure(bare, "Short");
  expect_legible(canvas);
  EXPECT_THROW(seed_curves_figure({}, ""), Error);
  EXPECT_THROW(seed_curves_figure(std::span(bare).subspan(1), ""), Error);
}

}  // namespace
}  // namespace mueca
