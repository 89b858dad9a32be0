#include "core/readback.h"

#include <gtest/gtest.h>

#include <thread>

#include "core/gpu/fake.h"
#include "core/gpu/machine.h"
#include "core/graph.h"

namespace mueca {
namespace {

std::vector<float> values_of(const Readback& readback) {
  const auto values = readback.wait();
  return {values.begin(), values.end()};
}

TEST(Readback, GivesWhatWasThereAtItsBeginning) {
  const Tensor t = Tensor::from(Shape{3}, {1, 2, 3});
  Readback readback(t);
  readback.begin();
  t.data()[0] = 9;
  EXPECT_EQ(values_of(readback), (std::vector<float>{1, 2, 3}));
  readback.begin();
  EXPECT_EQ(values_of(readback), (std::vector<float>{9, 2, 3}));
  EXPECT_THROW(Readback{Tensor()}, Error);
  EXPECT_THROW(Readback(Tensor(Shape{3}, DType::u8)), Error);
}

struct GpuReadback : testing::Test {
  gpu::FakeGpu gpu;
  const gpu::Api api = gpu.api();
  const gpu::MachineScope scope{api};
};

TEST_F(GpuReadback, WaitsForItsCopyAlone) {
  const Tensor t = Tensor::full(Shape{3}, 1).to(Device::cuda);
  Readback readback(t);
  readback.begin();
  t.copy_from(Tensor::full(Shape{3}, 2));
  EXPECT_EQ(gpu.calls("synchronize") + gpu.calls("wait"), 0) << "nothing waits so far";
  EXPECT_EQ(values_of(readback), std::vector<float>(3, 1));
  readback.begin();
  t.copy_from(Tensor::full(Shape{3}, 3));
  readback.begin();
  EXPECT_EQ(values_of(readback), std::vector<float>(3, 3)) << "the one before is forgotten";
  EXPECT_EQ(gpu.calls("synchronize"), 0);
}

// A readback dies while its copy is under way on another thread's stream: the next one does not get its late bytes.
TEST_F(GpuReadback, PinnedMemoryIsReusedWhenItsCopyIsThrough) {
  void *const mine = stream_of(Device::cuda).handle, *other = nullptr;
  std::thread([&] {
    Readback(Tensor::full(Shape{3}, 1).to(Device::cuda)).begin();
    other = stream_of(Device::cuda).handle;
  }).join();
  ASSERT_NE(other, mine);
  const int pinned = gpu.calls("allocate_pinned");
  Readback readback(Tensor::full(Shape{3}, 2).to(Device::cuda));
  EXPECT_EQ(gpu.calls("allocate_pinned"), pinned + 1) << "for the upload alone";
  readback.begin();
  const std::span<const float> values = readback.wait();
  api.synchronize(other);
  EXPECT_EQ(std::vector<float>(values.begin(), values.end()), std::vector<float>(3, 2));
}

TEST_F(GpuReadback, IsNoPartOfARecording) {
  Readback readback(Tensor::full(Shape{3}, 1).to(Device::cuda));
  RecordedWork work(Device::cuda);
  work.run([&] { readback.begin(); });
  EXPECT_THROW(work.run([&] { readback.begin(); }), Error);
}

}  // namespace
}  // namespace mueca
