#include "core/chunks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "core/random.h"

namespace mueca {
namespace {

// Addresses that nobody touches.
std::byte* at(std::size_t address) { return reinterpret_cast<std::byte*>(address); }

TEST(Chunks, TakesTheSmallestThatFitsAndMergesNeighbours) {
  Chunks c;
  c.add(at(1000), 100);
  c.add(at(5000), 60);
  EXPECT_EQ(c.take(101), nullptr);
  EXPECT_EQ(c.take(50), at(5000));
  EXPECT_EQ(c.take(50), at(1000));
  EXPECT_EQ(c.take(50), at(1050));
  EXPECT_EQ(c.take(10), at(5050));
  EXPECT_EQ(c.take(1), nullptr);
  c.give_back(at(1050)), c.give_back(at(1000));
  EXPECT_EQ(c.take(100), at(1000));
}

TEST(Chunks, DoesNotMergeRangesThatTouch) {
  Chunks c;
  c.add(at(1000), 100);
  c.add(at(1100), 100);
  EXPECT_EQ(c.take(150), nullptr);
  ASSERT_EQ(c.take(100), at(1000));
  ASSERT_EQ(c.take(100), at(1100));
  c.give_back(at(1000)), c.give_back(at(1100));
  EXPECT_EQ(c.take(150), nullptr);
  EXPECT_TRUE(c.unused(at(1000)) && c.unused(at(1100)));
  c.remove(at(1000));
  EXPECT_EQ(c.take(100), at(1100));
  EXPECT_EQ(c.take(1), nullptr);
}

TEST(Chunks, HandsOverARangeWithWhatIsTakenOfIt) {
  Chunks from, to;
  from.add(at(1000), 100);
  from.add(at(2000), 100);
  to.add(at(3000), 10);
  EXPECT_EQ(from.take(60), at(1000));
  EXPECT_FALSE(from.unused(at(1000)));
  from.hand_over(at(1000), to);
  EXPECT_EQ(to.take(40), at(1060));
  to.give_back(at(1000)), to.give_back(at(1060));
  EXPECT_TRUE(to.unused(at(1000)));
  EXPECT_EQ(to.take(100), at(1000));
  EXPECT_EQ(from.take(100), at(2000));
  EXPECT_EQ(from.take(1), nullptr);
}

// Chunks of random sizes come and go: none overlap, none leave their range, and in the end every range is whole.
TEST(Chunks, KeepTheirBooksStraight) {
  const std::vector<std::pair<std::size_t, std::size_t>> ranges = {{1000, 500}, {1500, 700}, {4000, 900}};
  Chunks c;
  for (const auto& [begin, bytes] : ranges) c.add(at(begin), bytes);
  std::map<std::size_t, std::size_t> taken;
  Random random({11, RandomStream::test}, 0);
  int refused = 0;
  for (int step = 0; step < 20000; ++step) {
    const std::size_t bytes = 1 + random.below(200);
    if (taken.size() < 3 || random.below(2)) {
      const auto p = reinterpret_cast<std::size_t>(c.take(bytes));
      refused += p == 0;
      if (p == 0) continue;
      const auto inside = [&](const auto& r) { return r.first <= p && p + bytes <= r.first + r.second; };
      ASSERT_TRUE(std::ranges::any_of(ranges, inside)) << p;
      const auto next = taken.lower_bound(p);
      ASSERT_TRUE(next == taken.end() || p + bytes <= next->first);
      ASSERT_TRUE(next == taken.begin() || std::prev(next)->first + std::prev(next)->second <= p);
      taken[p] = bytes;
    } else {
      const auto it = std::next(taken.begin(), static_cast<std::ptrdiff_t>(random.below(taken.size())));
      c.give_back(at(it->first));
      taken.erase(it);
    }
  }
  EXPECT_GT(refused, 100);
  for (const auto& [p, bytes] : taken) c.give_back(at(p));
  for (const auto& [begin, bytes] : ranges) EXPECT_TRUE(c.unused(at(begin)));
}

}  // namespace
}  // namespace mueca
