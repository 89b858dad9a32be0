#include "apps/faces/tracker.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "apps/faces/follow.h"
#include "apps/faces/smoothing.h"
#include "core/error.h"

namespace mueca {
namespace {

using Boxes = std::vector<cv::Rect2f>;

std::vector<int> step(Tracker& tracker, const Boxes& boxes) {
  tracker.next_frame();
  return tracker.update(boxes);
}

TEST(Tracker, CrossingFacesKeepTheirIds) {
  Tracker tracker({.confirm = 1});
  for (int t = 0; t < 30; ++t) {
    const float x = static_cast<float>(10 * t);
    const Boxes boxes = {{x, 0, 50, 50}, {290 - x, 120, 50, 50}};  // at different heights
    const bool swapped = t % 2 == 1;                               // the order of detections must not matter
    const auto keys = step(tracker, swapped ? Boxes{boxes[1], boxes[0]} : boxes);
    EXPECT_EQ(keys, swapped ? std::vector<int>({2, 1}) : std::vector<int>({1, 2})) << t;
  }
  EXPECT_EQ(tracker.confirmed(), 2);
}

TEST(Tracker, AFlickerNeverGetsAnIdAndALostFaceANewOne) {
  Tracker tracker({.confirm = 2, .patience = 3});
  const cv::Rect2f face(100, 100, 60, 60), flicker(400, 300, 60, 60);
  step(tracker, Boxes{face, flicker});
  EXPECT_EQ(tracker.confirmed(), 0);
  step(tracker, Boxes{face});
  EXPECT_EQ(tracker.confirmed(), 1);
  ASSERT_EQ(tracker.tracks().size(), 1u);
  EXPECT_EQ(tracker.tracks()[0].id, 1);
  for (int t = 0; t < 3; ++t) step(tracker, {});  // out of sight, within patience
  step(tracker, Boxes{face});
  EXPECT_EQ(tracker.tracks()[0].id, 1);
  for (int t = 0; t < 4; ++t) step(tracker, {});
  EXPECT_TRUE(tracker.tracks().empty());
  step(tracker, Boxes{face});
  step(tracker, Boxes{face});
  EXPECT_EQ(tracker.tracks()[0].id, 2);
}

TEST(Tracker, AFastFaceIsMatchedByItsCentreAFarOneIsNot) {
  Tracker tracker({.overlap = 0.5f, .reach = 0.5f, .confirm = 1});
  step(tracker, Boxes{{0, 0, 100, 100}});
  EXPECT_EQ(step(tracker, Boxes{{45, 0, 100, 100}})[0], 1);
  EXPECT_EQ(step(tracker, Boxes{{145, 0, 100, 100}})[0], 2);
  EXPECT_EQ(step(tracker, Boxes{{150, 5, 20, 20}})[0], 3);  // another size, hardly overlapping
}

TEST(Tracker, OverlapIsIntersectionOverUnion) {
  EXPECT_FLOAT_EQ(overlap_of({0, 0, 10, 10}, {5, 0, 10, 10}), 50.0f / 150);
  EXPECT_FLOAT_EQ(overlap_of({0, 0, 10, 10}, {0, 0, 10, 10}), 1);
  EXPECT_FLOAT_EQ(overlap_of({0, 0, 10, 10}, {20, 0, 10, 10}), 0);
  EXPECT_FLOAT_EQ(overlap_of({}, {}), 0);
}

TEST(Follower, FindsAMovedFace) {
  cv::Mat noise(10, 10, CV_8UC3), scene(240, 320, CV_8UC3, cv::Scalar::all(90)), moved = scene.clone();
  cv::theRNG().state = 7;
  cv::randu(noise, 0, 255);
  cv::resize(noise, noise, {80, 80}, 0, 0, cv::INTER_CUBIC);
  noise.copyTo(scene({100, 80, 80, 80}));
  noise.copyTo(moved({115, 72, 80, 80}));
  Follower follower;
  cv::Rect2f box(100, 80, 80, 80);
  EXPECT_EQ(follower.follow(scene, box), 0);  // has not looked yet
  follower.look(scene, box);
  EXPECT_GT(follower.follow(moved, box), 0.6f);
  EXPECT_NEAR(box.x, 115, 80.0 / 24);
  EXPECT_NEAR(box.y, 72, 80.0 / 24);
  EXPECT_LT(follower.follow(cv::Mat(240, 320, CV_8UC3, cv::Scalar::all(90)), box), 0.6f);
  box.x = -500;
  EXPECT_EQ(follower.follow(moved, box), 0);
}

Expression answer(std::vector<float> p) {
  Expression e{std::move(p), 0, false};
  e.label = static_cast<int>(std::max_element(e.probability.begin(), e.probability.end()) - e.probability.begin());
  return e;
}

TEST(Smoothing, AveragesWithAnExponentialWeight) {
  SmoothedExpression smooth;
  const SmoothingRule rule{.alpha = 0.25f};
  smooth.update(answer({0.8f, 0.2f}), rule, 0);
  EXPECT_FLOAT_EQ(smooth.value().probability[0], 0.8f);
  double expected = 0.8;
  for (int t = 0; t < 5; ++t) {
    smooth.update(answer({0.1f, 0.9f}), rule, 0);
    expected = 0.75 * expected + 0.25 * 0.1;
    EXPECT_NEAR(smooth.value().probability[0], expected, 1e-6);
    EXPECT_NEAR(smooth.value().probability[0] + smooth.value().probability[1], 1, 1e-6);
  }
  EXPECT_THROW(smooth.update(answer({1, 0, 0}), rule, 0), Error);
}

TEST(Smoothing, TheLabelWaitsForAClearLead) {
  SmoothedExpression smooth;
  const SmoothingRule rule{.alpha = 1, .margin = 0.1f};
  EXPECT_EQ(smooth.update(answer({0.6f, 0.4f}), rule, 0).label, 0);
  EXPECT_EQ(smooth.update(answer({0.46f, 0.54f}), rule, 0).label, 0);  // leads by less than the margin
  EXPECT_EQ(smooth.update(answer({0.44f, 0.56f}), rule, 0).label, 1);
  EXPECT_EQ(smooth.update(answer({0.54f, 0.46f}), rule, 0).label, 1);
}

TEST(Smoothing, IsUncertainBelowItsOwnOrTheCalibratedThreshold) {
  SmoothedExpression smooth;
  EXPECT_TRUE(smooth.update(answer({0.6f, 0.4f}), {.alpha = 1}, 0.7f).uncertain);
  EXPECT_FALSE(smooth.update(answer({0.6f, 0.4f}), {.alpha = 1, .threshold = 0.5f}, 0.7f).uncertain);
  EXPECT_TRUE(smooth.update(answer({0.6f, 0.4f}), {.alpha = 1, .threshold = 0.65f}, 0).uncertain);
}

}  // namespace
}  // namespace mueca
