// Tensors to, from and on the GPU, on a GPU of the tests: one that copies as late as it may.
#include <gtest/gtest.h>

#include <numeric>

#include "core/gpu/fake.h"
#include "core/gpu/machine.h"
#include "core/tensor.h"

namespace mueca::gpu {
namespace {

struct GpuCopy : testing::Test {
  FakeGpu gpu;
  const Api api = gpu.api();
  const MachineScope scope{api};
};

std::vector<float> count_up(std::size_t n) {
  std::vector<float> values(n);
  std::iota(values.begin(), values.end(), 1.0f);
  return values;
}

TEST_F(GpuCopy, GoesThereAndBack) {
  const Tensor host = Tensor::from({2, 3}, {1, 2, 3, 4, 5, 6});
  const Tensor there = host.to(Device::cuda), twin = there.clone();
  EXPECT_EQ(there.device(), Device::cuda);
  EXPECT_EQ(twin.device(), Device::cuda);
  EXPECT_EQ(twin.to_vector(), host.to_vector());
  EXPECT_EQ(twin.slice(2, 3, Shape{3}).to_vector(), (std::vector<float>{3, 4, 5}));
  EXPECT_EQ(there.slice(5, 1, Shape{1}).item(), 6);
  EXPECT_THROW(there.data(), Error);
  EXPECT_TRUE(Tensor({0, 7}).to(Device::cuda).to_vector().empty());
}

TEST_F(GpuCopy, AnUploadIsDoneWithTheHostsBytesWhenItReturns) {
  const Tensor there(Shape{4}, DType::f32, Device::cuda), host = Tensor::full(Shape{4}, 1);
  there.copy_from(host);
  host.data()[2] = 99;
  EXPECT_EQ(gpu.calls("synchronize") + gpu.calls("wait"), 0) << "and does not wait for the GPU";
  EXPECT_EQ(there.to_vector(), (std::vector<float>{1, 1, 1, 1}));
}

// More uploads than pinned pieces, and one that is larger than all of them: a piece is written again only when its
// copy is through.
TEST_F(GpuCopy, PinnedPiecesAreNotReusedTooEarly) {
  std::vector<Tensor> small;
  for (int i = 0; i < 40; ++i) small.push_back(Tensor::full(Shape{3}, static_cast<float>(i)).to(Device::cuda));
  const std::vector<float> values = count_up(3 * Staging::kSlots * Staging::kSlotBytes / sizeof(float) / 2 + 1);
  const Tensor large =
      Tensor::from<float>(Shape{static_cast<Index>(values.size())}, std::span<const float>(values), Device::cuda);
  EXPECT_EQ(large.to_vector(), values);
  for (int i = 0; i < 40; ++i) EXPECT_EQ(small[static_cast<std::size_t>(i)].to_vector()[2], static_cast<float>(i));
  EXPECT_EQ(gpu.calls("allocate_pinned"), static_cast<int>(Staging::kSlots));
}

}  // namespace
}  // namespace mueca::gpu
