#include "apps/figures/layout.h"

#include <gtest/gtest.h>

namespace mueca {
namespace {

TEST(Layout, ShortensAtCharacters) {
  EXPECT_EQ(shortened("short", 12, 100), "short");
  const std::string cut = shortened("ängstliche Gesichter", 12, 60);
  EXPECT_LE(Canvas::text_width(cut, 12), 60);
  EXPECT_TRUE(cut.ends_with("…")) << cut;
  EXPECT_TRUE(cut.starts_with("ä")) << cut;
  const std::string half = shortened("äääääääääää", 12, 60);  // two bytes each: none is left half
  EXPECT_EQ((half.size() - std::string("…").size()) % 2, 0u) << half;
  EXPECT_EQ(shortened("word", 12, 0), "…");
}

TEST(Layout, WrapsAtSpaces) {
  EXPECT_EQ(wrapped("one two  three", 12, 1000), (std::vector<std::string>{"one two three"}));
  EXPECT_TRUE(wrapped("", 12, 100).empty());
  const auto lines = wrapped("some words that take more than one line and averyveryveryverylongone", 12, 120);
  EXPECT_GT(lines.size(), 3u);
  for (const std::string& line : lines) EXPECT_LE(Canvas::text_width(line, 12), 120) << line;
}

TEST(Layout, LabelsMakeRoomInTheirOrder) {
  EXPECT_EQ(spread_apart({10, 50}, 12, 0, 100), (std::vector<double>{10, 50}));
  EXPECT_EQ(spread_apart({50, 50}, 12, 0, 100), (std::vector<double>{44, 56}));
  EXPECT_EQ(spread_apart({2, 1}, 10, 0, 100), (std::vector<double>{10, 0}));  // the second one is the upper
  EXPECT_EQ(spread_apart({99, 100, 30}, 10, 0, 100), (std::vector<double>{90, 100, 30}));
  EXPECT_EQ(spread_apart({7, 7, 7}, 60, 0, 100), (std::vector<double>{0, 50, 100}));  // no room: evenly
  EXPECT_TRUE(spread_apart({}, 10, 0, 100).empty());
}

TEST(Layout, AFreePlaceIsFreeAndInside) {
  const Area area{0, 0, 200, 100};
  std::vector<Area> taken;
  CanvasPoint a{100, 50}, b{100, 50}, outside{-400, 50};
  ASSERT_TRUE(free_place(a, 60, 20, area, taken));
  EXPECT_EQ(a.x, 100);
  ASSERT_TRUE(free_place(b, 60, 20, area, taken));
  EXPECT_TRUE(std::abs(a.x - b.x) >= 60 || std::abs(a.y - b.y) >= 20);
  EXPECT_FALSE(free_place(outside, 60, 20, area, taken));
  EXPECT_EQ(taken.size(), 2u);
}

TEST(Layout, LegendsBreakIntoLines) {
  std::vector<LegendEntry> entries;
  for (int i = 0; i < 12; ++i) entries.push_back({"an entry", rgb(0x000000)});
  const double one = Legend({entries[0]}, 300).height();
  EXPECT_EQ(Legend(entries, 300).height(), 4 * one);  // three in a line
  EXPECT_EQ(Legend({}, 300).height(), 0);
}

}  // namespace
}  // namespace mueca
