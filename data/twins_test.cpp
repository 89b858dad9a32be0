#include "data/twins.h"

#include <gtest/gtest.h>

#include "data/testing.h"

namespace mueca {
namespace {

// Shades are pictures: rows 0 1 5 show 10, rows 2 6 show 20, rows 3 4 show 30, row 7 stands alone.
Pack family() {
  Pack pack = small_pack({0, 0, 1, 2, 2, 3, 1, 4}, {10, 10, 20, 30, 30, 10, 20, 40});
  pack.split = {0, 0, 0, 0, 0, 2, 1, 2};
  return pack;
}

TEST(Twins, AreFoundByPixels) {
  const Pack pack = family();
  const Twins twins = find_twins(pack);
  EXPECT_EQ(twins.groups, (std::vector<std::vector<Index>>{{0, 1, 5}, {2, 6}, {3, 4}}));
  EXPECT_EQ(twins.group_of, (std::vector<std::int32_t>{0, 0, 1, 2, 2, 0, 1, -1}));
}

TEST(Twins, OnePixelMakesADifference) {
  Pack pack = family();
  pack.image(5)[15] ^= 1;
  pack.image(6)[0] ^= 1;
  EXPECT_EQ(find_twins(pack).groups, (std::vector<std::vector<Index>>{{0, 1}, {3, 4}}));
}

TEST(Twins, AreCountedWithinAndAcrossSplits) {
  const Pack pack = family();
  const TwinCounts counts = count_twins(pack, find_twins(pack));
  EXPECT_EQ(counts.unique, 4);
  EXPECT_EQ(counts.excess, 4);
  EXPECT_EQ(counts.contradictory_groups, 1);
  EXPECT_EQ(counts.contradictory_images, 3);
  EXPECT_EQ(counts.excess_within, (std::vector<Index>{2, 0, 0}));
  EXPECT_EQ(counts.shared[2][0].images, 1);
  EXPECT_EQ(counts.shared[2][0].other_label, 1);
  EXPECT_EQ(counts.shared[2][0].per_class, (std::vector<Index>{0, 0, 0, 1, 0, 0, 0}));
  EXPECT_EQ(counts.shared[0][2].images, 2);
  EXPECT_EQ(counts.shared[1][0].images, 1);
  EXPECT_EQ(counts.shared[1][0].other_label, 0);
  EXPECT_EQ(counts.shared[2][1].images, 0);
  EXPECT_EQ(counts.shared[0][0].images, 4);
}

TEST(Twins, AugmentedCopiesOfOneImageAreLeaks) {
  Pack pack = small_pack({0, 0, 1}, {1, 2, 3});
  pack.row = {5, 5, 6};
  pack.copy = {0, 1, 0};
  pack.split = {0, 2, 2};
  const TwinCounts counts = count_twins(pack, find_twins(pack));
  EXPECT_EQ(counts.excess, 0);
  EXPECT_EQ(counts.shared[2][0].copies, 1);
  EXPECT_EQ(counts.shared[0][2].copies, 1);
  EXPECT_EQ(counts.shared[1][0].copies, 0);
}

TEST(Twins, RowsWithoutThem) {
  const Pack pack = family();
  EXPECT_EQ(rows_without_twins(pack, "private_test"), std::vector<Index>{7});
  EXPECT_EQ(rows_without_twins(pack, "private_test", {"public_test"}), (std::vector<Index>{5, 7}));
  EXPECT_EQ(rows_without_twins(pack, "training", {"public_test", "private_test"}), (std::vector<Index>{3, 4}));
  EXPECT_EQ(rows_without_twins(pack, "training"), std::vector<Index>{2});
  EXPECT_EQ(message_of([&] { rows_without_twins(pack, "test"); }),
            "pack: no split \"test\", there are: training, public_test, private_test");
}

TEST(Twins, OneRowOfEachGroupStaysTheLastSplitFirst) {
  const Pack pack = family();
  const Twins twins = find_twins(pack);
  EXPECT_EQ(rows_without_copies(pack, twins, false), (std::vector<Index>{3, 5, 6, 7}));
  EXPECT_EQ(rows_without_copies(pack, twins, true), (std::vector<Index>{3, 6, 7}));
}

}  // namespace
}  // namespace mueca
