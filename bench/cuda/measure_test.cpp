#include "bench/cuda/measure.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace mueca::bench {
namespace {

// Time passes only where sides say so.
class FakeClock final : public Clock {
 public:
  double now = 0;
  bool can_record = true;
  int recordings = 0, starts = 0;

  double microseconds(const Work& work) override {
    const double begin = now;
    work();
    return now - begin;
  }
  Work record(const Work& work) override {
    if (!can_record) return {};
    ++recordings;
    return [this, work] { ++starts, work(); };
  }
};

TEST(Measure, MedianOfBlocksPerCall) {
  FakeClock clock;
  int call = 0;
  const Side side = [&](int) { clock.now += ++call % 50 == 0 ? 1000 : 20; };  // now and then something interferes
  const auto t = measure(clock, std::vector{side}, {.sets = 3, .blocks = 9, .warm = 1, .block_us = 200});
  ASSERT_EQ(t.size(), 1u);
  EXPECT_EQ(t[0].calls, 12);  // 200 us are 10 calls: whole walks through 3 sets are 12
  EXPECT_NEAR(t[0].median_us, 20, 1e-9);
  EXPECT_TRUE(t[0].recorded);
}

TEST(Measure, SidesTakeTurnsAndWalkThroughTheSets) {
  FakeClock clock;
  std::vector<std::pair<char, int>> log;
  const Side a = [&](int set) { log.emplace_back('a', set), clock.now += 300; };
  const Side b = [&](int set) { log.emplace_back('b', set), clock.now += 600; };
  const auto t = measure(clock, std::vector{a, b}, {.sets = 2, .blocks = 2, .warm = 0, .block_us = 600});
  EXPECT_DOUBLE_EQ(t[0].median_us, 300);
  EXPECT_DOUBLE_EQ(t[1].median_us, 600);
  const std::vector<std::pair<char, int>> end(log.end() - 8, log.end());
  const std::vector<std::pair<char, int>> turns = {{'a', 0}, {'a', 1}, {'b', 0}, {'b', 1},
                                                   {'a', 0}, {'a', 1}, {'b', 0}, {'b', 1}};
  EXPECT_EQ(end, turns);
}

TEST(Measure, RecordsAllSidesOrNone) {
  FakeClock clock;
  clock.can_record = false;
  const Side side = [&](int) { clock.now += 1; };
  const auto t = measure(clock, std::vector{side, side}, {});
  EXPECT_FALSE(t[0].recorded || t[1].recorded);
  EXPECT_EQ(clock.starts, 0);
  EXPECT_EQ(t[0].calls, 60);  // a short call is not repeated for ever
}

TEST(Measure, SpreadLeavesOutTheOutermost) {
  FakeClock clock;
  int block = 0;
  // One block of ten is ten times as long as the others, which differ by a tenth.
  const Side side = [&](int) { clock.now += block == 25 ? 10000 : 1000 + 100 * (block % 2), ++block; };
  const auto t = measure(clock, std::vector{side}, {.sets = 1, .blocks = 21, .warm = 0, .block_us = 1});
  EXPECT_LE(t[0].spread, 0.11);
  EXPECT_GT(t[0].spread, 0.08);
}

TEST(Measure, PicksTheFastestThatWorks) {
  FakeClock clock;
  const auto lasts = [&](double us) { return Side([&clock, us](int) { clock.now += us; }); };
  const Side refuses = [](int) { throw std::runtime_error("no"); };
  const std::vector<Side> candidates = {lasts(30), refuses, lasts(10), lasts(20)};
  EXPECT_EQ(pick_fastest(clock, candidates, {}), 2);
  EXPECT_EQ(pick_fastest(clock, std::vector{refuses}, {}), -1);
  clock.now = 0;
  EXPECT_EQ(pick_fastest(clock, std::vector{lasts(10), lasts(1e6)}, {.sets = 64}), 0);
  EXPECT_LT(clock.now, 3e6);  // what is hopeless runs twice, not through all sets
}

}  // namespace
}  // namespace mueca::bench
