// What only a GPU can show of the device as a whole; its kernels are held by the suite. Skipped, with the reason, where
// there is none.
#include <gtest/gtest.h>

#include <thread>

#include "core/autograd.h"
#include "core/gpu.h"
#include "core/graph.h"
#include "core/ops.h"
#include "core/random.h"

namespace mueca {
namespace {

class CudaRuntime : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_device(Device::cuda)) GTEST_SKIP() << "skipped: " << why_no_cuda();
  }
};

Tensor random_values(Shape shape, std::uint32_t index) {
  Random random({17, RandomStream::test}, index);
  Tensor t(shape);
  for (float& v : t.span()) v = random.uniform() * 2 - 1;
  return t;
}

TEST_F(CudaRuntime, SaysWhatItIs) {
  const GpuInfo info = gpu_info();
  EXPECT_FALSE(info.name.empty() || info.driver.empty() || info.runtime.empty());
  EXPECT_GT(info.clock_mhz, 0);
  EXPECT_GT(info.multiprocessors, 0);
  EXPECT_GE(info.total_bytes, info.free_bytes);
}

TEST_F(CudaRuntime, CopiesThereAndBack) {
  for (const Index n : {1, 1000, 3000001}) {
    const Tensor host = random_values(Shape{n}, static_cast<std::uint32_t>(n));
    EXPECT_EQ(host.to(Device::cuda).clone().to_vector(), host.to_vector());
  }
}

TEST_F(CudaRuntime, SaysWhatItHasNoRoomFor) {
  const std::size_t bytes = 2 * gpu_info().total_bytes;
  try {
    const Buffer too_large(Device::cuda, bytes);
    FAIL() << "there is no room for that";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(str("no room for ", bytes, " bytes")), std::string::npos) << error.what();
  }
  EXPECT_EQ(Tensor::full(Shape{3}, 2, Device::cuda).to_vector(), std::vector<float>(3, 2));
}

// Forward, backward and an update in place, seven times: by hand, and recorded.
std::vector<float> descend(bool recorded, Device device) {
  const Tensor parameter = random_values({3, 3, 8, 16}, 1).to(device), x({2, 12, 12, 8}, DType::f32, device);
  RecordedWork work(device);
  Tensor loss;
  const auto step = [&] {
    const Tensor w = variable(parameter);
    const Tensor y = activation(conv2d(x, w, {}, {1, {1, 1, 1, 1}}), Activation::relu);
    loss = softmax_cross_entropy(global_avg_pool(y), softmax(global_avg_pool(y.detached())));
    backward(loss);
    parameter.copy_from(add(parameter, grad_of(w)));
  };
  std::vector<float> results;
  for (std::uint32_t i = 0; i < 7; ++i) {
    x.copy_from(random_values(x.shape(), 10 + i));
    recorded ? work.run(step) : step();
    results.push_back(loss.item());
  }
  for (const float v : parameter.to_vector()) results.push_back(v);
  return results;
}

TEST_F(CudaRuntime, RecordedWorkGivesTheSameBits) {
  const std::vector<float> by_hand = descend(false, Device::cuda);
  EXPECT_EQ(descend(true, Device::cuda), by_hand);
  const std::vector<float> of_cpu = descend(false, Device::cpu);
  ASSERT_EQ(of_cpu.size(), by_hand.size());
  for (std::size_t i = 0; i < of_cpu.size(); ++i) EXPECT_NEAR(by_hand[i], of_cpu[i], 1e-3) << i;
}

TEST(RecordedWorkOnTheHost, GivesTheSameBits) {
  EXPECT_EQ(descend(true, Device::cpu), descend(false, Device::cpu));
  EXPECT_EQ(descend(true, Device::emulated), descend(false, Device::emulated));
}

TEST_F(CudaRuntime, ServesThreadsAtOnce) {
  std::vector<float> results[4];
  std::vector<std::thread> threads;
  for (auto& result : results) threads.emplace_back([&result] { result = descend(true, Device::cuda); });
  for (std::thread& thread : threads) thread.join();
  for (const auto& result : results) EXPECT_EQ(result, results[0]);
}

}  // namespace
}  // namespace mueca
