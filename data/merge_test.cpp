#include "data/merge.h"

#include <gtest/gtest.h>

#include "data/testing.h"

namespace mueca {
namespace {

TEST(Merge, MapsLabelsAndKeepsSourcesApart) {
  Pack a = small_pack({3, 6}), b = small_pack({0, 1, 2}, {100, 101, 102});
  a.votes.assign(20, 1);
  b.class_names = {"anger", "contempt", "happiness"};
  b.split_names = {"test", "training"};
  b.split = {0, 1, 1};
  LabelMap labels;
  labels.add("contempt=-");
  const Pack packs[] = {select_rows(a, std::vector<Index>{0, 1}), select_rows(b, std::vector<Index>{0, 1, 2})};
  const Pack both = merge_packs(packs, labels);
  check_pack(both, "merged");
  EXPECT_EQ(both.label, (std::vector<std::int32_t>{3, 6, 0, 3}));
  EXPECT_EQ(both.split_names, (std::vector<std::string>{"training", "public_test", "private_test", "test"}));
  EXPECT_EQ(both.split, (std::vector<std::uint8_t>{0, 0, 3, 0}));
  EXPECT_EQ(both.source_names, (std::vector<std::string>{"small", "small-2"}));
  EXPECT_EQ(both.source, (std::vector<std::uint16_t>{0, 0, 1, 1}));
  EXPECT_EQ(both.row, (std::vector<std::uint32_t>{0, 1, 0, 2}));
  EXPECT_EQ(both.image(3)[0], 102);
  EXPECT_EQ(std::count(both.votes.begin(), both.votes.end(), 1), 20);
  EXPECT_EQ(both.votes.size(), 40u);
}

TEST(Merge, NamesTheUnknownLabel) {
  Pack packs[] = {small_pack({0}), small_pack({0})};
  packs[1].class_names[0] = "contempt";
  EXPECT_EQ(
      message_of([&] { merge_packs(packs, LabelMap()); }),
      "merge: small: label \"contempt\" is unknown; map it, e.g. \"contempt=neutral\", or leave its rows out with "
      "\"contempt=-\"");
}

TEST(Merge, RefusesDifferentSizes) {
  Pack packs[] = {small_pack({0}), make_pack(1, 8, 8)};
  packs[1].class_names = packs[0].class_names;
  packs[1].split_names = {"training"};
  packs[1].source_names = {"large"};
  EXPECT_EQ(message_of([&] { merge_packs(packs, LabelMap()); }),
            "merge: images of large are 8 x 8, those of small 4 x 4");
}

}  // namespace
}  // namespace mueca
