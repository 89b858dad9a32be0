#include "core/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

namespace mueca {
namespace {

using Ranges = std::vector<std::pair<std::int64_t, std::int64_t>>;

class Parallel : public testing::Test {
 protected:
  ~Parallel() override { set_thread_count(before_); }

  static Ranges ranges(std::int64_t n, std::int64_t grain) {
    std::mutex mutex;
    Ranges ranges;
    parallel_for(n, grain, [&](std::int64_t begin, std::int64_t end) {
      std::lock_guard lock(mutex);
      ranges.emplace_back(begin, end);
    });
    std::ranges::sort(ranges);
    return ranges;
  }

 private:
  int before_ = thread_count();
};

TEST_F(Parallel, CoversTheRangeOnceForAnyThreadsAndGrain) {
  for (int threads : {1, 2, 3, 7})
    for (std::int64_t n : {0, 1, 2, 5, 64, 1001})
      for (std::int64_t grain : {0, 1, 4, 100, 5000}) {
        set_thread_count(threads);
        std::int64_t at = 0;
        for (const auto& [begin, end] : ranges(n, grain)) {
          EXPECT_EQ(begin, at);
          EXPECT_LT(begin, end);
          at = end;
        }
        EXPECT_EQ(at, n) << threads << " threads, grain " << grain;
      }
}

TEST_F(Parallel, SplitsEquallyAndTheSameEachTime) {
  set_thread_count(3);
  EXPECT_EQ(ranges(10, 1), (Ranges{{0, 3}, {3, 6}, {6, 10}}));
  EXPECT_EQ(ranges(10, 1), ranges(10, 1));
}

TEST_F(Parallel, GivesNoThreadLessThanTheGrain) {
  set_thread_count(4);
  EXPECT_EQ(ranges(11, 4).size(), 2u);
  EXPECT_EQ(ranges(3, 4).size(), 1u);
}

TEST_F(Parallel, NestedCallsRunOnTheCallingThread) {
  set_thread_count(2);
  std::atomic<int> inner{0};
  std::atomic<bool> same{true};
  parallel_for(2, 1, [&](std::int64_t begin, std::int64_t end) {
    for (; begin < end; ++begin) {
      const int outer = omp_get_thread_num();
      parallel_for(8, 1, [&](std::int64_t b, std::int64_t e) {
        inner += static_cast<int>(e - b);
        if (omp_get_thread_num() != outer) same = false;
      });
    }
  });
  EXPECT_EQ(inner, 16);
  EXPECT_TRUE(same);
}

TEST_F(Parallel, HasAtLeastOneThread) {
  set_thread_count(0);
  EXPECT_EQ(thread_count(), 1);
  set_thread_count(-3);
  EXPECT_EQ(thread_count(), 1);
}

}  // namespace
}  // namespace mueca
