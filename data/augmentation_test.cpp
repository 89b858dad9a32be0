#include "data/augmentation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "core/error.h"

namespace mueca {
namespace {

struct Point {
  float row, column;
};
Point source_of(const AugmentView& v, float p, float q) {
  return {v.m[0] * p + v.m[1] * q + v.m[2], v.m[3] * p + v.m[4] * q + v.m[5]};
}

AugmentPolicy everything() {
  AugmentPolicy policy;
  policy.flip = 0.5f, policy.crop = 44, policy.shift = 0.1f, policy.rotate = 15;
  policy.scale_low = 0.8f, policy.scale_high = 1.2f, policy.brightness = 0.2f, policy.contrast = 0.3f;
  policy.erase = 0.5f, policy.mixup = 0.2f;
  return policy;
}

bool same(const AugmentView& a, const AugmentView& b) {
  return std::equal(a.m, a.m + 6, b.m) && std::equal(a.erase, a.erase + 4, b.erase) && a.source == b.source &&
         a.contrast == b.contrast && a.brightness == b.brightness && a.fill == b.fill;
}

TEST(Augmentation, TheDefaultPolicyIsTheIdentity) {
  const AugmentView v = draw_view({}, {7, 3, 5, 0}, {48, 48}, 48);
  EXPECT_EQ(v.source, 5);
  const float identity[6] = {1, 0, 0, 0, 1, 0};
  for (int i = 0; i < 6; ++i) EXPECT_EQ(v.m[i], identity[i]) << i;
  EXPECT_EQ(v.contrast, 1);
  EXPECT_EQ(v.brightness, 0);
  EXPECT_EQ(v.erase[2], v.erase[0]);
}

TEST(Augmentation, UpsamplingUsesHalfPixelCentres) {
  const AugmentView v = draw_view({}, {}, {48, 48}, 96);
  EXPECT_FLOAT_EQ(source_of(v, 0, 0).row, 0.5f * 0.5f - 0.5f);
  EXPECT_FLOAT_EQ(source_of(v, 95, 0).row, 95.5f * 0.5f - 0.5f);
  EXPECT_FLOAT_EQ(source_of(v, 0, 10).column, 10.5f * 0.5f - 0.5f);
}

TEST(Augmentation, CropsCopyWholePixelsAndReachEveryPlace) {
  AugmentPolicy policy;
  policy.crop = 44;
  std::set<std::pair<float, float>> places;
  for (int row = 0; row < 1000; ++row) {
    const AugmentView v = draw_view(policy, {1, 0, row, 0}, {48, 48}, 44);
    EXPECT_EQ(v.m[0], 1);
    EXPECT_EQ(v.m[4], 1);
    EXPECT_EQ(v.m[2], std::floor(v.m[2]));
    places.insert({v.m[2], v.m[5]});
  }
  EXPECT_EQ(places.size(), 25u);
  EXPECT_EQ(places.begin()->first, 0);
  EXPECT_EQ(places.rbegin()->second, 4);
}

TEST(Augmentation, AMirroredImageRunsBackwards) {
  AugmentPolicy policy;
  policy.flip = 1;
  const AugmentView v = draw_view(policy, {}, {48, 48}, 48);
  EXPECT_EQ(source_of(v, 3, 0).column, 47);
  EXPECT_EQ(source_of(v, 3, 47).column, 0);
  EXPECT_EQ(source_of(v, 3, 47).row, 3);
}

TEST(Augmentation, RotationKeepsTheCentreAndLengths) {
  AugmentPolicy policy;
  policy.rotate = 30;
  float widest = 0;
  for (int row = 0; row < 200; ++row) {
    const AugmentView v = draw_view(policy, {1, 0, row, 0}, {48, 48}, 48);
    const Point centre = source_of(v, 23.5f, 23.5f), a = source_of(v, 0, 0), b = source_of(v, 0, 47);
    EXPECT_NEAR(centre.row, 23.5f, 1e-4);
    EXPECT_NEAR(centre.column, 23.5f, 1e-4);
    EXPECT_NEAR(std::hypot(a.row - b.row, a.column - b.column), 47, 1e-3);
    widest = std::max(widest, std::abs(std::atan2(v.m[3], v.m[0])));
  }
  EXPECT_GT(widest, 25 * 3.14159f / 180);
  EXPECT_LE(widest, 30.001f * 3.14159f / 180);
}

TEST(Augmentation, DrawsDependOnThePlaceAlone) {
  const AugmentPolicy policy = everything();
  const SamplePlace place{11, 2, 345, 0};
  const AugmentView v = draw_view(policy, place, {48, 48}, 44);
  draw_view(policy, {11, 2, 9, 0}, {48, 48}, 44);
  EXPECT_TRUE(same(v, draw_view(policy, place, {48, 48}, 44)));
  for (const SamplePlace other : {SamplePlace{12, 2, 345, 0}, {11, 3, 345, 0}, {11, 2, 346, 0}, {11, 2, 345, 1}}) {
    AugmentView w = draw_view(policy, other, {48, 48}, 44);
    w.source = v.source;
    EXPECT_FALSE(same(v, w));
  }
}

TEST(Augmentation, OneFieldLeavesTheOthersAlone) {
  AugmentPolicy policy = everything();
  const AugmentView before = draw_view(policy, {1, 1, 1, 0}, {48, 48}, 44);
  policy.rotate = 0;
  const AugmentView after = draw_view(policy, {1, 1, 1, 0}, {48, 48}, 44);
  EXPECT_EQ(before.brightness, after.brightness);
  EXPECT_TRUE(std::equal(before.erase, before.erase + 4, after.erase));
}

TEST(Augmentation, ErasedRectanglesHaveTheShareTheyWereGiven) {
  AugmentPolicy policy;
  policy.erase = 0.5f, policy.erase_low = policy.erase_high = 0.1f;
  int erased = 0;
  for (int row = 0; row < 2000; ++row) {
    const AugmentView v = draw_view(policy, {1, 0, row, 0}, {48, 48}, 48);
    if (v.erase[2] == v.erase[0]) continue;
    ++erased;
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(v.erase[i] >= 0 && v.erase[i] <= 48);
    EXPECT_NEAR((v.erase[2] - v.erase[0]) * (v.erase[3] - v.erase[1]), 0.1 * 48 * 48, 30);
  }
  EXPECT_NEAR(erased, 1000, 80);
}

TEST(Augmentation, MixingFollowsBeta) {
  for (const float alpha : {0.2f, 1.0f, 4.0f}) {
    AugmentPolicy policy;
    policy.mixup = alpha;
    double sum = 0, squares = 0;
    std::int32_t largest = 0;
    constexpr int n = 20000;
    for (int row = 0; row < n; ++row) {
      const Mixing m = draw_mixing(policy, {5, 0, row, 0}, 10);
      ASSERT_TRUE(m.mix >= 0 && m.mix <= 1 && m.partner >= 0 && m.partner < 10);
      largest = std::max(largest, m.partner);
      sum += m.mix, squares += m.mix * m.mix;
    }
    const double mean = sum / n, variance = squares / n - mean * mean, expected = 1 / (4 * (2 * alpha + 1.0));
    EXPECT_NEAR(mean, 0.5, 5 * std::sqrt(expected / n)) << alpha;
    EXPECT_NEAR(variance, expected, 0.03 * expected) << alpha;
    EXPECT_EQ(largest, 9);
  }
  EXPECT_EQ(draw_mixing({}, {5, 0, 1, 0}, 10).mix, 1);
}

TEST(Augmentation, EvaluationViews) {
  const auto center = evaluation_views(EvaluationViews::center, {48, 48}, 44, 44);
  ASSERT_EQ(center.size(), 1u);
  EXPECT_EQ(center[0].m[2], 2);
  EXPECT_EQ(center[0].m[5], 2);
  const auto ten = evaluation_views(EvaluationViews::ten_crop, {48, 48}, 0, 44);
  ASSERT_EQ(ten.size(), 10u);
  std::set<std::pair<float, float>> corners;
  for (int i = 0; i < 5; ++i) corners.insert({ten[i].m[2], ten[i].m[5]});
  EXPECT_EQ(corners, (std::set<std::pair<float, float>>{{2, 2}, {0, 0}, {0, 4}, {4, 0}, {4, 4}}));
  for (int i = 5; i < 10; ++i) {
    EXPECT_EQ(ten[i].m[4], -1);
    EXPECT_EQ(source_of(ten[i], 0, 43).column, source_of(ten[i - 5], 0, 0).column);
  }
  EXPECT_EQ(evaluation_views(EvaluationViews::flip, {48, 48}, 0, 48).size(), 2u);
  EXPECT_EQ(parse_views("ten_crop"), EvaluationViews::ten_crop);
  EXPECT_THROW(parse_views("tencrop"), Error);
  EXPECT_THROW(evaluation_views(EvaluationViews::center, {48, 48}, 49, 48), Error);
}

TEST(Augmentation, NonsenseIsRefusedByName) {
  const auto refused = [](auto set) {
    AugmentPolicy policy;
    set(policy);
    try {
      check_policy(policy, {48, 48});
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  EXPECT_EQ(refused([](auto&) {}), "");
  EXPECT_NE(refused([](auto& p) { p.flip = 1.5f; }).find("flip"), std::string::npos);
  EXPECT_NE(refused([](auto& p) { p.crop = 49; }).find("48"), std::string::npos);
  EXPECT_NE(refused([](auto& p) { p.rotate = NAN; }).find("rotate"), std::string::npos);
  EXPECT_NE(refused([](auto& p) { p.scale_low = 1.3f; }).find("scale_low"), std::string::npos);
  EXPECT_NE(refused([](auto& p) { p.mixup = -1; }).find("mixup"), std::string::npos);
}

}  // namespace
}  // namespace mueca
