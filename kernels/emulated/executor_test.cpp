// The executor itself: kernels that are right come out right in every order, and every bug that it promises to see is
// seeded here and must be seen.
#include <gtest/gtest.h>

#include <numeric>
#include <string>
#include <vector>

#include "kernels/cuda/warp.cuh"

namespace mueca::emulated {
namespace {

using simt::Order;
using simt::OrderScope;
using Floats = std::vector<float>;

constexpr Order kOrders[] = {Order::forward, Order::reverse, Order::shuffled};

Floats integers(std::size_t n, int seed) {
  Floats values(n);
  unsigned state = static_cast<unsigned>(seed) * 2654435761u + 1;
  for (float& v : values)
    state = state * 1664525u + 1013904223u, v = static_cast<float>(static_cast<int>(state >> 28) - 8);
  return values;
}

template <class F>
std::string error_of(F&& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

#define EXPECT_SAYS(message, words) EXPECT_NE((message).find(words), std::string::npos) << (message)

// s[c] = the sum of x[i, c]; one block per column, a tree in dynamic shared memory. Without its barrier it is wrong.
template <bool HasBarrier>
__global__ void column_sums(const float* x, float* s, int rows, int columns) {
  float* part = dynamic_smem<float>();  // [blockDim.x]
  float sum = 0;
  for (unsigned i = threadIdx.x; i < static_cast<unsigned>(rows); i += blockDim.x)
    sum += x[i * static_cast<unsigned>(columns) + blockIdx.x];
  part[threadIdx.x] = sum;
  for (unsigned half = blockDim.x / 2; half > 0; half /= 2) {
    if (HasBarrier) __syncthreads();
    if (threadIdx.x < half) part[threadIdx.x] += part[threadIdx.x + half];
  }
  if (threadIdx.x == 0) s[blockIdx.x] = part[0];
}

Floats sums_by(bool barrier, const Floats& x, int rows, int columns, Order order) {
  const OrderScope scope(order);
  Floats s(static_cast<std::size_t>(columns));
  Stream stream;
  const auto grid = static_cast<unsigned>(columns);
  if (barrier)
    launch<column_sums<true>>(stream, grid, 64, 64 * sizeof(float), x.data(), s.data(), rows, columns);
  else
    launch<column_sums<false>>(stream, grid, 64, 64 * sizeof(float), x.data(), s.data(), rows, columns);
  return s;
}

TEST(Executor, AMissingBarrierIsWrongInSomeOrder) {
  const int rows = 100, columns = 5;
  const Floats x = integers(rows * columns, 1);
  Floats expected(columns);
  for (int i = 0; i < rows; ++i)
    for (int c = 0; c < columns; ++c)
      expected[static_cast<std::size_t>(c)] += x[static_cast<std::size_t>(i * columns + c)];
  bool caught = false;
  for (const Order order : kOrders) {
    EXPECT_EQ(sums_by(true, x, rows, columns, order), expected);
    caught = caught || sums_by(false, x, rows, columns, order) != expected;
  }
  EXPECT_TRUE(caught);
}

// c[m, n] = a[m, k] b[k, n] by 16 x 16 tiles in static shared memory.
struct Tiles {
  float a[16][17], b[16][17];
};
__global__ void tiled_product(const float* a, const float* b, float* c, int m, int n, int k) {
  Tiles& tiles = shared<Tiles>();
  const int x = static_cast<int>(threadIdx.x), y = static_cast<int>(threadIdx.y);
  const int row = static_cast<int>(blockIdx.y) * 16 + y, column = static_cast<int>(blockIdx.x) * 16 + x;
  float sum = 0;
  for (int at = 0; at < k; at += 16) {
    tiles.a[y][x] = row < m && at + x < k ? a[row * k + at + x] : 0;
    tiles.b[y][x] = column < n && at + y < k ? b[(at + y) * n + column] : 0;
    __syncthreads();
    for (int i = 0; i < 16; ++i) sum += tiles.a[y][i] * tiles.b[i][x];
    __syncthreads();
  }
  if (row < m && column < n) c[row * n + column] = sum;
}

TEST(Executor, TwoDimensionalBlocksAndStaticSharedMemory) {
  const int m = 37, n = 21, k = 50;
  const Floats a = integers(m * k, 3), b = integers(k * n, 4);
  for (const Order order : kOrders) {
    const OrderScope scope(order);
    Floats c(m * n, -1);
    Stream stream;
    launch<tiled_product>(stream, dim3(2, 3), dim3(16, 16), 0, a.data(), b.data(), c.data(), m, n, k);
    for (int i = 0; i < m; ++i)
      for (int j = 0; j < n; ++j) {
        float sum = 0;
        for (int t = 0; t < k; ++t)
          sum += a[static_cast<std::size_t>(i * k + t)] * b[static_cast<std::size_t>(t * n + j)];
        ASSERT_EQ(c[static_cast<std::size_t>(i * n + j)], sum) << i << " " << j;
      }
  }
}

__global__ void lane_games(int* y) {  // [8, 32]
  const int lane = static_cast<int>(threadIdx.x);
  y[0 * 32 + lane] = warp_sum(lane);
  y[1 * 32 + lane] = warp_max((lane * 7) % 32);
  y[2 * 32 + lane] = __shfl_up_sync(kAllLanes, lane, 3);
  y[3 * 32 + lane] = __shfl_down_sync(kAllLanes, lane, 3, 8);
  y[4 * 32 + lane] = __shfl_sync(kAllLanes, lane * lane, 5);
  y[5 * 32 + lane] = static_cast<int>(__ballot_sync(kAllLanes, lane % 3 == 0));
  y[6 * 32 + lane] = __any_sync(kAllLanes, lane == 9) * 2 + __all_sync(kAllLanes, lane < 31);
  const unsigned half = lane < 16 ? 0x0000ffffu : 0xffff0000u;
  y[7 * 32 + lane] = __shfl_xor_sync(half, lane, 1, 16);
}

TEST(Executor, ShufflesAndVotes) {
  for (const Order order : kOrders) {
    const OrderScope scope(order);
    std::vector<int> y(8 * 32);
    Stream stream;
    launch<lane_games>(stream, 1, 32, 0, y.data());
    unsigned thirds = 0;
    for (unsigned lane = 0; lane < 32; lane += 3) thirds |= 1u << lane;
    for (int lane = 0; lane < 32; ++lane) {
      const auto got = [&](int row) { return y[static_cast<std::size_t>(row * 32 + lane)]; };
      EXPECT_EQ(got(0), 496);
      EXPECT_EQ(got(1), 31);
      EXPECT_EQ(got(2), lane < 3 ? lane : lane - 3);
      EXPECT_EQ(got(3), lane % 8 < 5 ? lane + 3 : lane);
      EXPECT_EQ(got(4), 25);
      EXPECT_EQ(static_cast<unsigned>(got(5)), thirds);
      EXPECT_EQ(got(6), 2);
      EXPECT_EQ(got(7), lane ^ 1);
    }
  }
}

__global__ void votes_and_atomics(int* y) {
  atomicAdd(&y[0], 1);
  atomicMax(&y[1], static_cast<int>(threadIdx.x));
  const int count = __syncthreads_count(threadIdx.x % 2 == 0);
  const int any = __syncthreads_or(threadIdx.x == 7), all = __syncthreads_and(threadIdx.x != 7);
  if (threadIdx.x == 0) y[2] = count, y[3] = any, y[4] = all;
  if (atomicCAS(&y[5], 0, 1) == 0) atomicExch(&y[6], 5);
  atomicMin(&y[7], -static_cast<int>(threadIdx.x));
}

TEST(Executor, BarriersCountAndAtomicsAddUp) {
  for (const Order order : kOrders) {
    const OrderScope scope(order);
    std::vector<int> y(8);
    Stream stream;
    launch<votes_and_atomics>(stream, 1, 48, 0, y.data());
    EXPECT_EQ(y, (std::vector<int>{48, 47, 24, 1, 0, 1, 5, -47}));
  }
}

__global__ void early_exit(float* y) {  // since compute capability 7.0 a thread that has exited counts at no barrier
  if (threadIdx.x >= 48) return;
  y[threadIdx.x] = 1;
  __syncthreads();
  y[threadIdx.x] += 1;
}

TEST(Executor, ThreadsThatExitedAreNotWaitedFor) {
  Floats y(64);
  Stream stream;
  launch<early_exit>(stream, 1, 64, 0, y.data());
  EXPECT_EQ(std::accumulate(y.begin(), y.end(), 0.0f), 96);
}

__global__ void divergent_barriers() {
  if (threadIdx.x < 16)
    __syncthreads();
  else
    __syncwarp(0xffff0000u), __syncthreads();
}
__global__ void sum_after_exit(float* y) {
  if (threadIdx.x >= 20) return;
  y[threadIdx.x] = warp_sum(1.0f);
}
__global__ void barrier_against_collective() {
  if (threadIdx.x == 0)
    __syncthreads();
  else
    __syncwarp();
}
__global__ void foreign_lane(int* y) { *y = __shfl_sync(threadIdx.x < 16 ? 0xffffu : 0xffff0000u, 1, 20); }
__global__ void not_in_own_mask() { __syncwarp(threadIdx.x == 3 ? 0xf0u : 0xffffffffu); }
__global__ void lane_beyond_the_block() { __syncwarp(0x1ffffu); }
__global__ void past_dynamic_memory() {
  dynamic_smem<float>()[threadIdx.x] = 1;
  __syncthreads();
}
__global__ void before_static_memory() {
  reinterpret_cast<float*>(&shared<Tiles>())[-1 - static_cast<int>(threadIdx.x)] = 1;
}
__global__ void reads_poison(float* y) { *y = shared<Tiles>().b[3][4] + dynamic_smem<float>()[0]; }

TEST(Executor, EveryMisuseIsReportedWithKernelThreadAndLine) {
  Floats y(64);
  int i = 0;
  Stream stream;
  std::string said = error_of([&] { launch<divergent_barriers>(stream, 1, 32, 0); });
  EXPECT_SAYS(said, "divergent_barriers");
  EXPECT_SAYS(said, "different barriers");
  EXPECT_SAYS(said, "thread 16 (16,0,0): __syncthreads at");
  EXPECT_SAYS(said, "executor_test.cpp:");
  said = error_of([&] { launch<sum_after_exit>(stream, 1, 32, 0, y.data()); });
  EXPECT_SAYS(said, "__shfl_xor_sync names lane 20, which has exited");
  EXPECT_SAYS(said, "warp.cuh:");
  said = error_of([&] { launch<barrier_against_collective>(stream, 1, 32, 0); });
  EXPECT_SAYS(said, "deadlock");
  EXPECT_SAYS(said, "thread 0 (0,0,0): __syncthreads at");
  EXPECT_SAYS(said, "thread 1 (1,0,0): __syncwarp at");
  said = error_of([&] { launch<foreign_lane>(stream, 1, 32, 0, &i); });
  EXPECT_SAYS(said, "lane 0 reads lane 20, which is not in the mask");
  said = error_of([&] { launch<not_in_own_mask>(stream, 1, 32, 0); });
  EXPECT_SAYS(said, "thread 3 is not in its own mask");
  said = error_of([&] { launch<lane_beyond_the_block>(stream, 1, 16, 0); });
  EXPECT_SAYS(said, "names lane 16, which the block does not have");
  said = error_of([&] { launch<past_dynamic_memory>(stream, dim3(2), 33, 32 * sizeof(float)); });
  EXPECT_SAYS(said, "past_dynamic_memory: thread 32 wrote past shared memory before");
  EXPECT_SAYS(said, "block (0,0,0)");
  said = error_of([&] { launch<before_static_memory>(stream, 1, 2, 0); });
  EXPECT_SAYS(said, "wrote past shared memory before its end");
}

TEST(Executor, SharedMemoryIsPoisonedBeforeEachBlock) {
  float y = 0;
  Stream stream;
  launch<reads_poison>(stream, 3, 1, 4, &y);
  EXPECT_TRUE(std::isnan(y));
}

struct TooMuch {
  float a[6000], b[6000];
};
__global__ void greedy(float* y) { *y = shared<TooMuch>().a[0]; }

TEST(Executor, RefusesWhatNoDeviceTakes) {
  Stream stream;
  EXPECT_SAYS(error_of([&] { launch<divergent_barriers>(stream, 1, 1025, 0); }), "at most 1024 threads");
  EXPECT_SAYS(error_of([&] { launch<divergent_barriers>(stream, 1, dim3(1, 1, 65), 0); }), "z at most 64");
  EXPECT_SAYS(error_of([&] { launch<divergent_barriers>(stream, 0, 32, 0); }), "an empty launch");
  EXPECT_SAYS(error_of([&] { launch<divergent_barriers>(stream, dim3(1, 65536), 32, 0); }), "65535");
  EXPECT_SAYS(error_of([&] { launch<divergent_barriers>(stream, 1, 32, 228 * 1024); }), "shared memory");
  float y = 0;
  EXPECT_SAYS(error_of([&] { launch<reads_poison>(stream, 1, 1, 100 * 1024, &y); }), "for no instruction of Hopper's");
  EXPECT_SAYS(error_of([&] { launch<greedy>(stream, 1, 1, 60 * 1024, &y); }), "static and dynamic");
}

// After an error the executor is as before.
TEST(Executor, GoesOnAfterAnError) {
  Stream stream;
  EXPECT_FALSE(error_of([&] { launch<divergent_barriers>(stream, 1, 64, 0); }).empty());
  const Floats x = integers(64, 9);
  EXPECT_EQ(sums_by(true, x, 64, 1, Order::forward)[0], std::accumulate(x.begin(), x.end(), 0.0f));
}

}  // namespace
}  // namespace mueca::emulated
