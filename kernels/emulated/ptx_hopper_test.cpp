// The twins of Hopper's instructions: a product through a ring of bulk copies comes out right in every order, and each
// way to get it wrong that the twins promise to see is seeded here and must be seen.
#include "kernels/cuda/ptx_hopper.cuh"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace mueca::emulated {
namespace {

using simt::Order;
using simt::OrderScope;

enum class Bug {
  none,
  parity,            // waits for the phase before
  no_expect,         // a barrier that counts no bytes
  more_expected,     // bytes that never come
  no_empty_wait,     // overwrites a stage in use
  early_release,     // releases a stage before the product is over
  no_proxy_fence,    // a barrier that the copies' proxy has not seen
  no_wgmma_fence,    // registers of a are written, and no fence
  early_read,        // sums before they are awaited
  a_overwritten,     // registers of a before the product is awaited
  sums_overwritten,  // registers of the sums
  two_products,      // threads of a warpgroup with different operands
  deserter,          // a warp that is not there
  left_behind,       // a copy that nobody awaits
  misaligned,        // a stage that starts at no multiple of 1024
  other_swizzle,     // a descriptor of another layout
};

constexpr int kColumns = 64, kLine = 128, kStage = kColumns * kLine, kRing = 2, kSteps = 5, kDepth = 64;

struct Barriers {
  Mbarrier full[kRing], empty[kRing];
};

// c[64, 64] = a[64, 320] b[64, 320]^T: threads 0 to 127 multiply, thread 128 brings b [step][64][64], swizzled.
template <Bug kBug>
__global__ void ring_product(const float* a, const uint4* b, float* c) {
  Barriers& s = shared<Barriers>();
  auto* const memory = dynamic_smem<std::byte>();
  const unsigned skip = kBug == Bug::misaligned ? 0 : (1024 - shared_address(memory) % 1024) % 1024;
  std::byte* const stages = memory + skip;
  const int thread = static_cast<int>(threadIdx.x), lane = thread % 32;
  if (thread == 0) {
    for (int i = 0; i < kRing; ++i) mbarrier_init(&s.full[i], 1), mbarrier_init(&s.empty[i], 4);
    if (kBug != Bug::no_proxy_fence) fence_proxy_async();
  }
  __syncthreads();
  if (thread == 128) {
    for (int step = 0; step < kSteps + (kBug == Bug::left_behind); ++step) {
      const int stage = step % kRing;
      if (step >= kRing && kBug != Bug::no_empty_wait)
        mbarrier_wait(&s.empty[stage], static_cast<unsigned>(step / kRing - 1) % 2);
      if (kBug == Bug::no_expect)
        mbarrier_arrive(&s.full[stage]);
      else
        mbarrier_arrive_expect(&s.full[stage], kStage + (kBug == Bug::more_expected ? 16 : 0));
      bulk_copy(stages + stage * kStage, b + step % kSteps * (kStage / 16), kStage, &s.full[stage]);
    }
  }
  if (thread >= 128 || (kBug == Bug::deserter && thread >= 96)) return;
  const int row = thread / 32 * 16 + lane / 4, member = lane % 4;
  float sums[1][kColumns / 2] = {};
  unsigned f[4][4];  // out here: early_read waits for the last products behind the loop, and they read it until then
  for (int step = 0; step < kSteps; ++step) {
    const int stage = step % kRing;
    mbarrier_wait(&s.full[stage], static_cast<unsigned>(step / kRing + (kBug == Bug::parity)) % 2);
    for (int k = 0; k < 4; ++k)
      for (int e = 0; e < 4; ++e) {
        const float* const from =
            a + (row + e % 2 * 8) * kSteps * kDepth + step * kDepth + k * 16 + e / 2 * 8 + 2 * member;
        f[k][e] = bf16_pair(from[0], from[1]);
      }
    std::uint64_t at = wgmma_descriptor(stages + stage * kStage);
    if (kBug == Bug::other_swizzle) at ^= std::uint64_t{3} << 62;
    if (kBug == Bug::two_products && thread == 77) at += 2;
    if (kBug != Bug::no_wgmma_fence) wgmma_fence();
    for (int k = 0; k < 4; ++k) wgmma_bf16(sums[0], f[k], at + static_cast<unsigned>(2 * k));
    wgmma_commit();
    if (kBug == Bug::early_release && lane == 0) mbarrier_arrive(&s.empty[stage]);
    if (kBug == Bug::a_overwritten) f[2][1] += 1;
    if (kBug == Bug::sums_overwritten) sums[0][3] = 0;
    if (kBug == Bug::early_read && step == kSteps - 1) c[0] = sums[0][0];
    if (kBug != Bug::early_read || step < kSteps - 1) wgmma_wait<0>(sums);
    __syncwarp();
    if (kBug != Bug::early_release && lane == 0) mbarrier_arrive(&s.empty[stage]);
  }
  for (int e = 0; e < kColumns / 2; ++e)
    c[(row + e / 2 % 2 * 8) * kColumns + e / 4 * 8 + 2 * member + e % 2] = sums[0][e];
  if (kBug == Bug::early_read) wgmma_wait<0>(sums);
}

struct Problem {
  std::vector<float> a, expected;
  std::vector<uint4> b;
};

Problem pose() {
  Problem p{std::vector<float>(64 * kSteps * kDepth), std::vector<float>(64 * 64),
            std::vector<uint4>(kSteps * kStage / 16)};
  const auto value = [](int i) { return static_cast<float>((i * 37 + i / 7 * 11) % 9 - 4); };
  for (std::size_t i = 0; i < p.a.size(); ++i) p.a[i] = value(static_cast<int>(i));
  const auto b = [&](int n, int t) { return value(n * 1000 + t * 3 + 5); };
  for (int step = 0; step < kSteps; ++step)
    for (int n = 0; n < 64; ++n)
      for (int piece = 0; piece < 8; ++piece) {
        const auto two = [&](int i) {
          const int t = step * kDepth + piece * 8 + i;
          return bf16_pair(b(n, t), b(n, t + 1));
        };
        p.b[static_cast<std::size_t>((step * 64 + n) * 8 + (piece ^ n % 8))] = {two(0), two(2), two(4), two(6)};
      }
  for (int i = 0; i < 64; ++i)
    for (int n = 0; n < 64; ++n)
      for (int t = 0; t < kSteps * kDepth; ++t)
        p.expected[static_cast<std::size_t>(i * 64 + n)] +=
            p.a[static_cast<std::size_t>(i * kSteps * kDepth + t)] * b(n, t);
  return p;
}

// What becomes visible of a bug: the errors, or "wrong values", of the three orders; empty if all went well.
template <Bug kBug>
std::string symptoms() {
  static const Problem p = pose();
  std::string seen;
  for (const Order order : {Order::forward, Order::reverse, Order::shuffled}) {
    const OrderScope scope(order);
    std::vector<float> c(64 * 64, NAN);
    Stream stream;
    try {
      launch<ring_product<kBug>>(stream, 1, 160, 1024 + kRing * kStage, p.a.data(), p.b.data(), c.data());
      if (c != p.expected) seen += "wrong values\n";
    } catch (const Error& error) {
      seen += str(error.what(), "\n");
    }
  }
  return seen;
}

#define EXPECT_SEES(bug, words)                                             \
  {                                                                         \
    const std::string seen = symptoms<Bug::bug>();                          \
    EXPECT_NE(seen.find(words), std::string::npos) << #bug << ": " << seen; \
  }

TEST(HopperTwins, ProductsThroughARingOfBulkCopies) { EXPECT_EQ(symptoms<Bug::none>(), ""); }

TEST(HopperTwins, WrongBarriersAreSeen) {
  EXPECT_SEES(parity, "deadlock");
  EXPECT_SEES(no_expect, "deadlock");
  EXPECT_SEES(more_expected, "deadlock");
  EXPECT_SEES(more_expected, "thread 0 (0,0,0): mbarrier.try_wait at ");
  EXPECT_SEES(more_expected, "kernels/emulated/ptx_hopper_test.cpp:");
  EXPECT_SEES(more_expected, "ring_product");
  EXPECT_SEES(no_empty_wait, "mbarrier.arrive: more arrivals than this phase expects");
  EXPECT_SEES(early_release, "wrong values");
  EXPECT_SEES(no_proxy_fence, "which sees what fence.proxy.async has shown it: no mbarrier was initialised here");
  EXPECT_SEES(left_behind, "a block ended while a bulk copy was on its way");
}

TEST(HopperTwins, WrongProductsAreSeen) {
  EXPECT_SEES(no_wgmma_fence, "registers were written after the last wgmma.fence");
  EXPECT_SEES(early_read, "wrong values");
  EXPECT_SEES(a_overwritten, "registers of a were written while a product read them");
  EXPECT_SEES(sums_overwritten, "sums were written while a product was on its way");
  EXPECT_SEES(two_products, "is at another product than its warpgroup");
  EXPECT_SEES(deserter, "wgmma.mma_async at");
  EXPECT_SEES(misaligned, "wrong values");
  EXPECT_SEES(other_swizzle, "not the one with 128-byte swizzle");
}

// b written by the block itself: the products' proxy sees it after a fence.
template <bool kFence>
__global__ void own_operand(float* c) {
  auto* const memory = dynamic_smem<std::byte>();
  std::byte* const b = memory + (1024 - shared_address(memory) % 1024) % 1024;
  for (int i = static_cast<int>(threadIdx.x); i < kStage / 4; i += 128)
    reinterpret_cast<unsigned*>(b)[i] = bf16_pair(1, 1);
  if (kFence) fence_proxy_async();
  __syncthreads();
  float sums[1][kColumns / 2] = {};
  const unsigned ones[4] = {bf16_pair(1, 1), bf16_pair(1, 1), bf16_pair(1, 1), bf16_pair(1, 1)};
  wgmma_fence();
  wgmma_bf16(sums[0], ones, wgmma_descriptor(b));
  wgmma_commit();
  wgmma_wait<0>(sums);
  c[threadIdx.x] = sums[0][5];
}

TEST(HopperTwins, StoresNeedAFenceBeforeProductsReadThem) {
  for (const Order order : {Order::forward, Order::reverse, Order::shuffled}) {
    const OrderScope scope(order);
    std::vector<float> with(128), without(128);
    Stream stream;
    launch<own_operand<true>>(stream, 1, 128, 1024 + kStage, with.data());
    EXPECT_EQ(with, std::vector<float>(128, 16));
    launch<own_operand<false>>(stream, 1, 128, 1024 + kStage, without.data());
    EXPECT_NE(without, with);
  }
}

enum class Copied { right, not_expected, fenced_by_the_copier, not_fenced };

// b brought by cp.async that a barrier expects: it is there once the phase is over, and a fence after that shows it.
template <Copied kHow>
__global__ void copied_operand(const uint4* ones, float* c) {
  Mbarrier& full = shared<Mbarrier>();
  auto* const memory = dynamic_smem<std::byte>();
  std::byte* const b = memory + (1024 - shared_address(memory) % 1024) % 1024;
  if (threadIdx.x == 0) mbarrier_init(&full, 128);
  __syncthreads();
  for (unsigned i = threadIdx.x; i < kStage / 16; i += 128) cp_async16(b + i * 16, ones + i, i % 64 < 60);
  if (kHow != Copied::not_expected) mbarrier_expect_copies(&full);
  if (kHow == Copied::fenced_by_the_copier) fence_proxy_async();
  mbarrier_arrive(&full);
  mbarrier_wait(&full, 0);
  if (kHow == Copied::right || kHow == Copied::not_expected) fence_proxy_async();
  float sums[1][kColumns / 2] = {};
  const unsigned a[4] = {bf16_pair(1, 1), bf16_pair(1, 1), bf16_pair(1, 1), bf16_pair(1, 1)};
  wgmma_fence();
  for (unsigned k = 0; k < 4; ++k) wgmma_bf16(sums[0], a, wgmma_descriptor(b) + 2 * k);
  wgmma_commit();
  wgmma_wait<0>(sums);
  c[threadIdx.x] = sums[0][5];
}

// The orders in which all goes well.
template <Copied kHow>
int orders_that_work() {
  const unsigned two = bf16_pair(1, 1);
  const std::vector<uint4> ones(kStage / 16, {two, two, two, two});
  // Column 8 + 2 member + 1, and of every eighth line (7, 15, ...) the pieces 4 to 7 are zeros.
  std::vector<float> expected(128);
  for (std::size_t i = 0; i < 128; ++i) expected[i] = i % 4 == 3 ? 32 : 64;
  int good = 0;
  for (const Order order : {Order::forward, Order::reverse, Order::shuffled}) {
    const OrderScope scope(order);
    std::vector<float> c(128);
    Stream stream;
    launch<copied_operand<kHow>>(stream, 1, 128, 1024 + kStage, ones.data(), c.data());
    good += c == expected;
  }
  return good;
}

TEST(HopperTwins, CopiesArriveWithTheBarrierThatExpectsThem) {
  EXPECT_EQ(orders_that_work<Copied::right>(), 3);
  EXPECT_EQ(orders_that_work<Copied::not_expected>(), 0);
  EXPECT_LT(orders_that_work<Copied::fenced_by_the_copier>(), 3);
  EXPECT_EQ(orders_that_work<Copied::not_fenced>(), 0);
}

// c[64, 64] = a[64, 16] b[16, 64], b's lines its 16 k.
__global__ void flat_product(const float* a, const float* b, float* c) {
  auto* const memory = dynamic_smem<std::byte>();
  std::byte* const lines = memory + (1024 - shared_address(memory) % 1024) % 1024;
  const int thread = static_cast<int>(threadIdx.x), lane = thread % 32;
  for (int i = thread; i < 16 * 32; i += 128) {
    const int k = i / 32, n = i % 32 * 2;
    *reinterpret_cast<unsigned*>(lines + k * 128 + (n / 8 ^ k % 8) * 16 + n % 8 * 2) =
        bf16_pair(b[k * 64 + n], b[k * 64 + n + 1]);
  }
  fence_proxy_async();
  __syncthreads();
  const int row = thread / 32 * 16 + lane / 4, member = lane % 4;
  unsigned f[4];
  for (int e = 0; e < 4; ++e) {
    const float* const from = a + (row + e % 2 * 8) * 16 + e / 2 * 8 + 2 * member;
    f[e] = bf16_pair(from[0], from[1]);
  }
  float sums[1][32] = {};
  wgmma_fence();
  wgmma_bf16_flat(sums[0], f, wgmma_descriptor(lines));
  wgmma_commit();
  wgmma_wait<0>(sums);
  for (int e = 0; e < 32; ++e) c[(row + e / 2 % 2 * 8) * 64 + e / 4 * 8 + 2 * member + e % 2] = sums[0][e];
}

TEST(HopperTwins, FlatProducts) {
  std::vector<float> a(64 * 16), b(16 * 64), c(64 * 64), expected(64 * 64);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<float>(i * 37 % 15) - 7;
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<float>(i * 53 % 17) - 8;
  for (std::size_t i = 0; i < 64; ++i)
    for (std::size_t n = 0; n < 64; ++n)
      for (std::size_t k = 0; k < 16; ++k) expected[i * 64 + n] += a[i * 16 + k] * b[k * 64 + n];
  Stream stream;
  launch<flat_product>(stream, 1, 128, 1024 + 2048, a.data(), b.data(), c.data());
  EXPECT_EQ(c, expected);
}

// A sum that stays under way over two groups, of which only the first is awaited, is not there yet.
__global__ void two_groups(float* c) {
  auto* const memory = dynamic_smem<std::byte>();
  std::byte* const b = memory + (1024 - shared_address(memory) % 1024) % 1024;
  for (int i = static_cast<int>(threadIdx.x); i < kStage / 4; i += 128)
    reinterpret_cast<unsigned*>(b)[i] = bf16_pair(1, 1);
  fence_proxy_async();
  __syncthreads();
  float sums[2][kColumns / 2] = {};
  const unsigned ones[4] = {bf16_pair(1, 1), bf16_pair(1, 1), bf16_pair(1, 1), bf16_pair(1, 1)};
  wgmma_fence();
  wgmma_bf16(sums[0], ones, wgmma_descriptor(b));
  wgmma_commit();
  wgmma_bf16(sums[1], ones, wgmma_descriptor(b));
  wgmma_bf16(sums[1], ones, wgmma_descriptor(b) + 2);
  wgmma_commit();
  wgmma_wait<1>(sums);
  if (threadIdx.x == 9) c[0] = sums[0][7], c[1] = sums[1][7];
  wgmma_wait<0>(sums);
  if (threadIdx.x == 9) c[2] = sums[0][7], c[3] = sums[1][7];
}

TEST(HopperTwins, GroupsAreAwaitedOldestFirst) {
  std::vector<float> c(4);
  Stream stream;
  launch<two_groups>(stream, 1, 128, 1024 + kStage, c.data());
  EXPECT_EQ(c[0], 16);
  EXPECT_TRUE(std::isnan(c[1]));
  EXPECT_EQ(c[2], 16);
  EXPECT_EQ(c[3], 32);
}

}  // namespace
}  // namespace mueca::emulated
