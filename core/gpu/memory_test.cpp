// The GPU's buffers, on a GPU of the tests.
#include "core/memory.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <optional>
#include <thread>

#include "core/error.h"
#include "core/gpu/fake.h"
#include "core/gpu/machine.h"

namespace mueca::gpu {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

struct GpuMemory : testing::Test {
  FakeGpu gpu;
  const Api api = gpu.api();
  const MachineScope scope{api};
  void kernel(std::function<void()> work) { gpu.enqueue(stream_of(Device::cuda).handle, std::move(work)); }
};

TEST_F(GpuMemory, IsAlignedAndCounted) {
  const MemoryStats host = memory_stats(Device::cpu), before = memory_stats(Device::cuda);
  reset_peak(Device::cuda);
  {
    const Buffer a(Device::cuda, 1), b(Device::cuda, 1000), c(Device::cuda, 0);
    for (const Buffer* buffer : {&a, &b, &c}) EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer->data()) % 256, 0u);
    EXPECT_NE(b.data(), c.data());
    EXPECT_EQ(memory_stats(Device::cuda).live, before.live + 1001);
  }
  EXPECT_EQ(memory_stats(Device::cuda).live, before.live);
  EXPECT_EQ(memory_stats(Device::cuda).peak, before.live + 1001);
  EXPECT_EQ(memory_stats(Device::cpu).live, host.live);
}

// A step: buffers of many sizes, some held across steps.
TEST_F(GpuMemory, AStepAfterTheFirstAsksTheRuntimeForNothing) {
  std::vector<Buffer> held;
  const auto step = [&] {
    std::vector<Buffer> activations;
    for (std::size_t i = 1; i < 200; ++i) {
      activations.emplace_back(Device::cuda, i * i * 1000);
      const Buffer scratch(Device::cuda, 7 * kMiB / i);
    }
    held.clear();
    held.push_back(std::move(activations[100]));
  };
  gpu.capacity = std::size_t{8} << 30;
  step();
  step();
  const int before = gpu.all_calls();
  for (int i = 0; i < 20; ++i) step();
  EXPECT_EQ(gpu.all_calls(), before);
  EXPECT_LT(gpu.calls("allocate"), 12);
}

TEST_F(GpuMemory, RunningOutDropsWhatLiesIdleAndTriesAgain) {
  gpu.capacity = 100 * kMiB;
  const Buffer small(Device::cuda, kMiB);  // keeps its segment of 32 MiB
  { const Buffer idle(Device::cuda, 60 * kMiB); }
  EXPECT_EQ(gpu.used(), 92 * kMiB);
  const Buffer large(Device::cuda, 66 * kMiB);
  EXPECT_EQ(gpu.calls("free"), 1);
  EXPECT_EQ(gpu.used(), 98 * kMiB);
  try {
    const Buffer more(Device::cuda, 50 * kMiB);
    FAIL() << "there is no room";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "memory: no room for 52428800 bytes on device cuda: Fake GPU has 2 of 100 MiB free");
  }
  EXPECT_NO_THROW(Buffer(Device::cuda, 30 * kMiB)) << "what is there can still be had";
  EXPECT_THROW(Buffer(Device::cuda, std::numeric_limits<std::size_t>::max()), Error);
}

TEST_F(GpuMemory, AsksForNoMoreThanNeededWhenItIsScarce) {
  gpu.capacity = 5 * kMiB;
  const Buffer a(Device::cuda, 3 * kMiB);
  EXPECT_EQ(gpu.used(), 4 * kMiB);
}

// Of a buffer that another thread frees, the owner sees nothing before that thread's stream is through with it.
TEST_F(GpuMemory, WhatAnotherThreadFreesWaitsForItsStream) {
  std::optional<Buffer> shared(std::in_place, Device::cuda, 20 * kMiB);
  auto* const data = static_cast<unsigned char*>(shared->data());
  void* other = nullptr;
  std::thread([&] {
    other = stream_of(Device::cuda).handle;
    kernel([data] { data[0] = 1; });
    shared.reset();
  }).join();
  const Buffer second(Device::cuda, 20 * kMiB);
  EXPECT_NE(second.data(), data) << "a kernel of the other thread still writes there";
  api.synchronize(other);
  EXPECT_EQ(Buffer(Device::cuda, 20 * kMiB).data(), data);
}

TEST_F(GpuMemory, AThreadThatNeverUsedTheGpuMayFree) {
  std::optional<Buffer> shared(std::in_place, Device::cuda, 20 * kMiB);
  void* const data = shared->data();
  std::thread([&] { shared.reset(); }).join();
  EXPECT_EQ(Buffer(Device::cuda, 20 * kMiB).data(), data);
  EXPECT_EQ(gpu.calls("create_stream"), 1);
}

TEST_F(GpuMemory, FreshBuffersAreNaNWhileGuarded) {
  guard_buffers(true);
  const Buffer fresh(Device::cuda, 4);
  guard_buffers(false);
  synchronize();
  float value = 0;
  std::memcpy(&value, fresh.data(), 4);
  EXPECT_TRUE(value != value);
  EXPECT_NO_THROW(check_guards("a kernel"));
}

}  // namespace
}  // namespace mueca::gpu
