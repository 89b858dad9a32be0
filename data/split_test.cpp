#include "data/split.h"

#include <gtest/gtest.h>

#include "data/info.h"
#include "data/testing.h"
#include "data/twins.h"

namespace mueca {
namespace {

Pack hundred() {  // 50 angry, 30 happy, 20 neutral
  std::vector<std::int32_t> labels(50, 0);
  labels.resize(80, 3);
  labels.resize(100, 6);
  return small_pack(labels);
}

TEST(Split, GivesEveryClassTheSameShares) {
  Pack pack = hundred();
  split_pack(pack, {});
  EXPECT_EQ(pack.split_names, (std::vector<std::string>{"training", "validation", "test"}));
  EXPECT_EQ(count_classes(pack), (Counts{{30, 0, 0, 18, 0, 0, 12}, {10, 0, 0, 6, 0, 0, 4}, {10, 0, 0, 6, 0, 0, 4}}));
  EXPECT_NE(pack.provenance.find("split: training=60 validation=20 test=20, seed 0"), std::string::npos);
}

TEST(Split, DependsOnTheSeedAlone) {
  Pack a = hundred(), b = hundred(), c = hundred();
  split_pack(a, {.seed = 7});
  split_pack(b, {.seed = 7});
  split_pack(c, {.seed = 8});
  EXPECT_EQ(a.split, b.split);
  EXPECT_NE(a.split, c.split);
  EXPECT_FALSE(std::is_sorted(a.split.begin(), a.split.begin() + 50));  // dealt at random, not in order
}

TEST(Split, KeepsTwinsAndCopiesTogetherWhenAsked) {
  std::vector<int> shade;
  for (int i = 0; i < 100; ++i) shade.push_back(i / 2);  // every picture is there twice
  Pack pack = small_pack(hundred().label, shade);
  for (std::size_t i = 0; i + 2 < 100; i += 4) pack.row[i + 2] = pack.row[i];  // and joins two pictures to one family
  SplitOptions options;
  split_pack(pack, options);
  const TwinCounts apart = count_twins(pack, find_twins(pack));
  EXPECT_GT(apart.shared[2][0].images, 0);
  EXPECT_GT(apart.shared[2][0].copies, 0);
  options.keep_together = true;
  split_pack(pack, options);
  const TwinCounts together = count_twins(pack, find_twins(pack));
  for (std::size_t a = 0; a < 3; ++a)
    for (std::size_t b = 0; b < 3; ++b)
      EXPECT_TRUE(a == b || together.shared[a][b].images + together.shared[a][b].copies == 0) << a << b;
  const Counts counts = count_classes(pack);
  EXPECT_NEAR(static_cast<double>(counts[0][0]), 30, 4);
  EXPECT_GT(counts[2][6], 0);
}

TEST(Split, ReadsParts) {
  const auto parts = parse_parts("training=3,public_test=0.5");
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[1].name, "public_test");
  EXPECT_EQ(parts[1].share, 0.5);
  for (const char* wrong : {"", "training", "training=", "training=x", "training=-1", "training=0", "=5", "a=1,,b=2",
                            "a=1x", "a=inf", "a=nan", "a=1,a=2"})
    EXPECT_NE(message_of([&] { parse_parts(wrong); }), "no error") << wrong;
  EXPECT_EQ(message_of([] { parse_parts("a=1,b=0"); }),
            "split: \"b=0\" is not of the form name=share with a positive share");
}

}  // namespace
}  // namespace mueca
