#include "data/balance.h"

#include <gtest/gtest.h>

#include "data/info.h"
#include "data/split.h"
#include "data/testing.h"
#include "data/twins.h"

namespace mueca {
namespace {

// 12 x 12 pixels with a gradient, so that augmentation shows: 30 angry, 3 happy in training; 4 of each in test.
Pack uneven() {
  Pack pack = make_pack(41, 12, 12);
  pack.class_names = {"angry", "happy"};
  pack.split_names = {"training", "test"};
  pack.source_names = {"uneven"};
  for (std::size_t i = 0; i < 41; ++i) {
    pack.row[i] = static_cast<std::uint32_t>(i);
    pack.split[i] = i >= 33;
    pack.label[i] = (i >= 30 && i < 33) || i >= 37;
    const auto pixels = pack.image(static_cast<Index>(i));
    for (std::size_t p = 0; p < pixels.size(); ++p) pixels[p] = static_cast<std::uint8_t>(i + 17 * (p % 12) + p / 12);
  }
  return pack;
}

TEST(Balance, FillsAndThinsOneSplit) {
  const Pack pack = uneven();
  const Pack even = balance_pack(pack, {.per_class = 10, .split = "training", .seed = 3});
  check_pack(even, "even");
  EXPECT_EQ(count_classes(even), (Counts{{10, 10}, {4, 4}}));
  EXPECT_EQ(std::count_if(even.copy.begin(), even.copy.end(), [](int copy) { return copy > 0; }), 7);
  for (Index i = 0; i < even.size(); ++i) {
    const auto r = static_cast<std::size_t>(i);
    const auto origin = pack.image(even.row[r]);
    const bool same = std::equal(origin.begin(), origin.end(), even.image(i).begin());
    EXPECT_EQ(same, even.copy[r] == 0) << i;
    EXPECT_EQ(even.label[r], pack.label[even.row[r]]);
    EXPECT_EQ(even.split[r], pack.split[even.row[r]]);
  }
  std::vector<std::pair<int, int>> names;  // (row, copy) of the happy copies: all different
  for (std::size_t i = 0; i < even.copy.size(); ++i)
    if (even.copy[i] > 0) names.emplace_back(even.row[i], even.copy[i]);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::unique(names.begin(), names.end()), names.end());
}

TEST(Balance, BeforeTheSplitLeaksAndAfterItDoesNot) {
  SplitOptions halves;
  halves.parts = {{"training", 50}, {"test", 50}};
  Pack before = balance_pack(uneven(), {.per_class = 30});
  split_pack(before, halves);
  EXPECT_EQ(count_classes(before), (Counts{{15, 15}, {15, 15}}));
  EXPECT_GT(count_twins(before, find_twins(before)).shared[1][0].copies, 0);

  Pack after = uneven();
  split_pack(after, halves);
  after = balance_pack(after, {.per_class = 30, .split = "training"});
  EXPECT_EQ(count_twins(after, find_twins(after)).shared[1][0].copies, 0);
}

TEST(Balance, DependsOnTheSeedAndCountsCopiesOn) {
  const Pack a = balance_pack(uneven(), {.per_class = 20, .seed = 1}),
             b = balance_pack(uneven(), {.per_class = 20, .seed = 1});
  EXPECT_EQ(hash_pack(a), hash_pack(b));
  EXPECT_NE(hash_pack(a), hash_pack(balance_pack(uneven(), {.per_class = 20, .seed = 2})));
  const Pack more = balance_pack(a, {.per_class = 40, .seed = 1});
  std::vector<std::pair<int, int>> names;
  for (std::size_t i = 0; i < more.copy.size(); ++i)
    if (more.copy[i] > 0) names.emplace_back(more.row[i], more.copy[i]);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::unique(names.begin(), names.end()), names.end());
}

TEST(Balance, RefusesWhatCannotBe) {
  Pack pack = uneven();
  EXPECT_EQ(message_of([&] { balance_pack(pack, {}); }),
            "balance: expected a positive number of images per class, got 0");
  EXPECT_EQ(message_of([&] { balance_pack(pack, {.per_class = 5, .split = "val"}); }),
            "pack: no split \"val\", there are: training, test");
  EXPECT_NE(message_of([&] { balance_pack(pack, {.per_class = Index{1} << 40}); }).find("more than a pack holds"),
            std::string::npos);
  pack.label.assign(41, 0);
  EXPECT_EQ(message_of([&] { balance_pack(pack, {.per_class = 5}); }), "balance: class \"happy\" has no images");
}

}  // namespace
}  // namespace mueca
