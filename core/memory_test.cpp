#include "core/memory.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <thread>
#include <vector>

#include "core/error.h"
#include "core/random.h"

namespace mueca {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kPool = false;  // plain allocation, so that the sanitizer sees every buffer
#else
constexpr bool kPool = true;
#endif

// Freed small chunks of other tests would serve these sizes first.
constexpr std::size_t kLarge = std::size_t{64} << 20;

TEST(Memory, IsAlignedAndDisjoint) {
  std::vector<Buffer> buffers;
  for (std::size_t bytes : {1, 63, 64, 65, 1000, 4096}) buffers.emplace_back(Device::cpu, bytes);
  for (const Buffer& b : buffers) EXPECT_EQ(reinterpret_cast<std::uintptr_t>(b.data()) % 64, 0u);
  for (std::size_t i = 0; i < buffers.size(); ++i)
    std::memset(buffers[i].data(), static_cast<int>(i), buffers[i].bytes());
  for (std::size_t i = 0; i < buffers.size(); ++i)
    for (std::size_t j = 0; j < buffers[i].bytes(); ++j)
      ASSERT_EQ(static_cast<unsigned char*>(buffers[i].data())[j], i) << "buffer " << i;
}

TEST(Memory, OfNoBytesIsStillABuffer) { EXPECT_NE(Buffer(Device::cpu, 0).data(), nullptr); }

TEST(Memory, FreedMemoryServesTheNextBuffer) {
  if (!kPool) GTEST_SKIP() << "skipped: the sanitizer's allocator is in use";
  void* first = Buffer(Device::cpu, kLarge).data();
  EXPECT_EQ(Buffer(Device::cpu, kLarge).data(), first);
}

TEST(Memory, NeighboursMergeWhenFreed) {
  if (!kPool) GTEST_SKIP() << "skipped: the sanitizer's allocator is in use";
  for (const auto& order : {std::vector<int>{0, 1, 2}, {2, 1, 0}, {0, 2, 1}, {1, 0, 2}}) {
    std::optional<Buffer> parts[3];
    for (auto& part : parts) part.emplace(Device::cpu, kLarge);
    void* const start = parts[0]->data();
    ASSERT_EQ(static_cast<std::byte*>(start) + 2 * kLarge, parts[2]->data());
    const Buffer fence(Device::cpu, kLarge);  // so that the hole has two ends
    for (int i : order) parts[i].reset();
    EXPECT_EQ(Buffer(Device::cpu, 3 * kLarge).data(), start);
  }
}

TEST(Memory, TakesTheSmallestHoleThatFits) {
  if (!kPool) GTEST_SKIP() << "skipped: the sanitizer's allocator is in use";
  std::optional<Buffer> wide(std::in_place, Device::cpu, 3 * kLarge);
  const Buffer fence1(Device::cpu, kLarge);
  std::optional<Buffer> narrow(std::in_place, Device::cpu, 2 * kLarge);
  const Buffer fence2(Device::cpu, kLarge);
  void* const hole = narrow->data();
  wide.reset(), narrow.reset();
  EXPECT_EQ(Buffer(Device::cpu, 2 * kLarge).data(), hole);
}

TEST(Memory, CountsLiveAndPeakBytes) {
  const std::size_t before = memory_stats(Device::cpu).live;
  reset_peak(Device::cpu);
  {
    const Buffer a(Device::cpu, 1000), b(Device::cpu, 24);
    EXPECT_EQ(memory_stats(Device::cpu).live, before + 1024);
  }
  EXPECT_EQ(memory_stats(Device::cpu).live, before);
  EXPECT_EQ(memory_stats(Device::cpu).peak, before + 1024);
  reset_peak(Device::cpu);
  EXPECT_EQ(memory_stats(Device::cpu).peak, before);
}

TEST(Memory, MovesWithoutCopying) {
  const std::size_t before = memory_stats(Device::cpu).live;
  {
    Buffer a(Device::cpu, 100);
    void* const data = a.data();
    Buffer b = std::move(a), c;
    c = std::move(b);
    EXPECT_EQ(c.data(), data);
    EXPECT_EQ(c.bytes(), 100u);
    EXPECT_EQ(memory_stats(Device::cpu).live, before + 100);
  }
  EXPECT_EQ(memory_stats(Device::cpu).live, before);
}

TEST(Memory, RefusesWhatDoesNotFit) {
  const std::size_t before = memory_stats(Device::cpu).live;
  EXPECT_THROW(Buffer(Device::cpu, std::size_t{1} << 39), Error);
  EXPECT_THROW(Buffer(Device::cpu, std::numeric_limits<std::size_t>::max()), Error);
  EXPECT_EQ(memory_stats(Device::cpu).live, before);
}

// Buffers of random sizes come and go in several threads; each keeps its own bytes.
TEST(Memory, ServesThreadsAtOnce) {
  const std::size_t before = memory_stats(Device::cpu).live;
  std::vector<std::thread> threads;
  std::vector<int> broken(4);
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([t, &broken] {
      Random random({3, RandomStream::test}, static_cast<std::uint32_t>(t));
      std::vector<Buffer> held(16);
      for (int i = 0; i < 2000; ++i) {
        Buffer& b = held[random.below(16)];
        if (b.data())
          for (std::size_t k = 0; k < b.bytes(); k += 64) broken[t] += static_cast<unsigned char*>(b.data())[k] != t;
        b = Buffer(Device::cpu, 1 + random.below(5000));
        std::memset(b.data(), t, b.bytes());
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(broken, std::vector<int>(4));
  EXPECT_EQ(memory_stats(Device::cpu).live, before);
}

TEST(Memory, GuardsTellOfWritesBesideABuffer) {
  guard_buffers(true);
  const auto write_at = [](std::ptrdiff_t offset, bool free_first) {
    std::optional<Buffer> b(std::in_place, Device::cpu, 100);
    static_cast<unsigned char*>(b->data())[offset] = 1;
    if (free_first) b.reset();
    check_guards("kernel");
  };
  for (const bool free_first : {false, true}) {
    EXPECT_NO_THROW(write_at(0, free_first));
    EXPECT_NO_THROW(write_at(99, free_first));
    EXPECT_THROW(write_at(100, free_first), Error);
    EXPECT_NO_THROW(check_guards("a later kernel")) << "told once";
    EXPECT_THROW(write_at(-1, free_first), Error);
    EXPECT_NO_THROW(check_guards("a later kernel"));
  }
  const Buffer fresh(Device::cpu, 4);
  guard_buffers(false);
  float value = 0;
  std::memcpy(&value, fresh.data(), 4);
  EXPECT_TRUE(value != value) << "a guarded buffer starts as NaN";
}

}  // namespace
}  // namespace mueca
