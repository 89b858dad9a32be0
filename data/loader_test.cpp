#include "data/loader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "core/error.h"

namespace mueca {
namespace {

// 40 images of 8 x 8; image i is a flat gray of 5 i; classes 0 (30 rows), 1 (8 rows), 2 (2 rows).
Pack small_pack(bool votes = false) {
  Pack pack = make_pack(40, 8, 8, votes);
  pack.class_names = {"happy", "sad", "neutral"};
  pack.split_names = {"training"};
  pack.source_names = {"test"};
  for (int i = 0; i < 40; ++i) {
    pack.label[i] = i < 30 ? 0 : i < 38 ? 1 : 2;
    std::ranges::fill(pack.image(i), static_cast<std::uint8_t>(5 * i));
  }
  return pack;
}

std::vector<Index> all_rows(const Pack& pack) {
  std::vector<Index> rows(static_cast<std::size_t>(pack.size()));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

constexpr ImageFormat kFormat{8, 1, 1.0f, 0.0f};

TEST(Loader, AnEpochHoldsEveryRowOnceInAnOrderOfItsOwn) {
  const Pack pack = small_pack();
  LoaderConfig config;
  config.seed = 3;
  const Loader loader(pack, all_rows(pack), kFormat, config);
  const auto rows = [&](std::uint32_t epoch) {
    std::vector<Index> rows;
    for (const SamplePlace& p : loader.order(epoch)) rows.push_back(p.row);
    return rows;
  };
  const auto first = rows(0), second = rows(1);
  EXPECT_NE(first, second);
  EXPECT_EQ(first, rows(0));
  EXPECT_EQ(std::set<Index>(first.begin(), first.end()).size(), 40u);
}

TEST(Loader, TheRemainderIsDropped) {
  const Pack pack = small_pack();
  LoaderConfig config;
  config.batch_size = 16;
  Loader loader(pack, all_rows(pack), kFormat, config);
  EXPECT_EQ(loader.batches(), 2);
  EXPECT_THROW(loader.get(0, 2), Error);
  config.batch_size = 100;
  EXPECT_EQ(Loader(pack, all_rows(pack), kFormat, config).batches(), 1);
  EXPECT_EQ(Loader(pack, all_rows(pack), kFormat, config).batch_size(), 40);
}

TEST(Loader, ABatchHoldsItsRowsPixelsAndTargets) {
  const Pack pack = small_pack();
  LoaderConfig config;
  config.batch_size = 10;
  config.label_smoothing = 0.3f;
  Loader loader(pack, all_rows(pack), {8, 3, 0.5f, -1.0f}, config);
  const LoadedBatch batch = loader.get(2, 1);
  ASSERT_EQ(batch.x.shape(), (Shape{10, 8, 8, 3}));
  ASSERT_EQ(batch.targets.shape(), (Shape{10, 3}));
  for (int n = 0; n < 10; ++n) {
    const auto row = static_cast<std::size_t>(batch.rows[n]);
    for (int i = 0; i < 8 * 8 * 3; ++i)
      ASSERT_FLOAT_EQ(batch.x.data()[n * 192 + i], 5.0f * static_cast<float>(row) * 0.5f - 1);
    for (int k = 0; k < 3; ++k) EXPECT_FLOAT_EQ(batch.targets.data()[n * 3 + k], pack.label[row] == k ? 0.8f : 0.1f);
  }
}

TEST(Loader, BatchesDoNotDependOnWhatWasAskedBefore) {
  const Pack pack = small_pack();
  LoaderConfig config;
  config.batch_size = 8;
  config.policy.brightness = 0.2f, config.policy.mixup = 1;
  Loader walked(pack, all_rows(pack), kFormat, config), fresh(pack, all_rows(pack), kFormat, config);
  for (int b = 0; b < 5; ++b) walked.get(0, b);
  const LoadedBatch a = walked.get(1, 3), b = fresh.get(1, 3);
  EXPECT_EQ(a.rows, b.rows);
  EXPECT_EQ(a.x.to_vector<float>(), b.x.to_vector<float>());
  EXPECT_EQ(a.targets.to_vector<float>(), b.targets.to_vector<float>());
}

// So that a recorded step finds the next batch where it found the first; flat grays are the same on every device.
TEST(Loader, WhatABatchIsDrawnIntoStays) {
  const Pack pack = small_pack();
  LoaderConfig config;
  config.batch_size = 8;
  config.policy.flip = 0.5f, config.policy.erase = 1;
  for (const Device device : {Device::cpu, Device::emulated}) {
    Loader halves(pack, all_rows(pack), kFormat, config, device), whole(pack, all_rows(pack), kFormat, config);
    halves.draw(0, 0);
    const Tensor targets = halves.load().targets;
    halves.draw(3, 2);
    const LoadedBatch batch = halves.load(), again = halves.load(), expected = whole.get(3, 2);
    EXPECT_EQ(batch.x.device(), device);
    EXPECT_EQ(batch.targets.data(), targets.data());
    EXPECT_EQ(targets.to_vector(), expected.targets.to_vector());
    EXPECT_EQ(batch.x.to_vector(), expected.x.to_vector());
    EXPECT_EQ(batch.x.to_vector(), again.x.to_vector());
    EXPECT_EQ(batch.rows, expected.rows);
    whole.get(4, 0);  // what get() gave is nobody else's
    EXPECT_NE(expected.targets.data(), whole.get(4, 0).targets.data());
  }
}

TEST(Loader, MixupMixesPixelsAndTargetsWithOneWeight) {
  const Pack pack = small_pack();
  LoaderConfig config;
  config.batch_size = 40;
  config.policy.mixup = 1;
  Loader loader(pack, all_rows(pack), kFormat, config);
  const LoadedBatch batch = loader.get(0, 0);
  int mixed = 0;
  for (int n = 0; n < 40; ++n) {
    SamplePlace place;
    place.row = static_cast<std::int32_t>(batch.rows[n]);
    const Mixing m = draw_mixing(config.policy, place, 40);
    const float expected = m.mix * 5.0f * static_cast<float>(place.row) + (1 - m.mix) * 5.0f * m.partner;
    EXPECT_NEAR(batch.x.data()[n * 64], expected, 1e-3);
    const float* t = batch.targets.data() + n * 3;
    EXPECT_NEAR(t[0] + t[1] + t[2], 1, 1e-6);
    const bool differ = pack.label[place.row] != pack.label[m.partner];
    EXPECT_NEAR(t[pack.label[place.row]], differ ? m.mix : 1, 1e-6);
    mixed += differ;
  }
  EXPECT_GT(mixed, 5);
}

TEST(Loader, BalancedEpochsShowClassesEquallyAndRepeatsDifferently) {
  const Pack pack = small_pack();
  LoaderConfig config;
  config.sampling = Sampling::balanced;
  config.batch_size = 40;
  config.policy.brightness = 0.1f;
  Loader loader(pack, all_rows(pack), kFormat, config);
  std::map<int, int> counts;
  std::map<std::int32_t, std::set<std::int32_t>> repeats;
  const auto order = loader.order(0);
  ASSERT_EQ(order.size(), 40u);
  for (const SamplePlace& p : order) {
    ++counts[pack.label[p.row]];
    EXPECT_TRUE(repeats[p.row].insert(p.repeat).second);
  }
  EXPECT_EQ(counts[0], 14);
  EXPECT_EQ(counts[1], 13);
  EXPECT_EQ(counts[2], 13);
  std::set<float> grays;  // rows 38 and 39 come 13 times: every time with another brightness
  const LoadedBatch batch = loader.get(0, 0);
  for (int n = 0; n < 40; ++n)
    if (pack.label[batch.rows[n]] == 2) grays.insert(batch.x.data()[n * 64]);
  EXPECT_EQ(grays.size(), 13u);
}

TEST(Loader, VotesBecomeDistributions) {
  Pack pack = small_pack(true);
  std::uint8_t* votes = pack.votes.data();   // neutral happiness surprise sadness ...
  votes[0] = 1, votes[1] = 3, votes[2] = 6;  // row 0: surprise is no class of this pack
  const auto targets = vote_targets(pack);
  EXPECT_FLOAT_EQ(targets[0], 0.75f);
  EXPECT_FLOAT_EQ(targets[1], 0);
  EXPECT_FLOAT_EQ(targets[2], 0.25f);

  LoaderConfig config;
  config.batch_size = 40;
  config.soft_targets = true;
  const LoadedBatch batch = Loader(pack, all_rows(pack), kFormat, config).get(0, 0);
  for (int n = 0; n < 40; ++n) {
    const auto row = static_cast<std::size_t>(batch.rows[n]);
    const float* t = batch.targets.data() + n * 3;
    EXPECT_FLOAT_EQ(t[2], row == 0 ? 0.25f : pack.label[row] == 2 ? 1.0f : 0.0f) << row;  // no votes: the hard label
  }
  EXPECT_THROW(vote_targets(small_pack()), Error);
}

TEST(Loader, RefusesWhatItCannotLoad) {
  const Pack pack = small_pack();
  EXPECT_THROW(Loader(pack, {}, kFormat, {}), Error);
  EXPECT_THROW(Loader(pack, {40}, kFormat, {}), Error);
  LoaderConfig config;
  config.soft_targets = true;
  EXPECT_THROW(Loader(pack, all_rows(pack), kFormat, config), Error);
  config = {};
  config.policy.crop = 9;
  EXPECT_THROW(Loader(pack, all_rows(pack), kFormat, config), Error);
}

TEST(Loader, AViewShowsRowsAsTheyAre) {
  const Pack pack = small_pack();
  const std::vector<Index> rows{7, 3};
  const AugmentView view = evaluation_views(EvaluationViews::center, {8, 8}, 0, 8)[0];
  const Tensor x = load_view(pack.images, rows, view, kFormat);
  ASSERT_EQ(x.shape(), (Shape{2, 8, 8, 1}));
  EXPECT_FLOAT_EQ(x.data()[0], 35);
  EXPECT_FLOAT_EQ(x.data()[64], 15);
}

}  // namespace
}  // namespace mueca
