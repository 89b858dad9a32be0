// What is said of a GPU, and what is said instead of it.
#include "core/gpu/machine.h"

#include <gtest/gtest.h>

#include <thread>

#include "core/error.h"
#include "core/gpu/fake.h"
#include "core/kernels.h"
#include "core/tensor.h"

namespace mueca::gpu {
namespace {

std::string why(const FakeGpu& gpu) {
  const Api api = gpu.api();
  const MachineScope scope(api);
  EXPECT_EQ(has_device(Device::cuda), why_no_cuda().empty());
  return why_no_cuda();
}

TEST(Gpu, SaysWhyItCannotBeUsed) {
  FakeGpu gpu;
  EXPECT_EQ(why(gpu), "");
  gpu.properties.major = 7, gpu.properties.minor = 5;
  EXPECT_EQ(why(gpu), "GPU Fake GPU has compute capability 7.5, the kernels need 8.0 (Ampere) or newer");
  gpu.count_error = 4;
  EXPECT_EQ(why(gpu), "the NVIDIA driver (CUDA 13.0) says: broken recording");
  gpu.driver = 12020;
  EXPECT_EQ(why(gpu), "the NVIDIA driver knows CUDA up to 12.2, this build's runtime is 13.0: install a newer driver");
  gpu.driver = 0;
  EXPECT_EQ(why(gpu), "no NVIDIA driver is installed, or it does not run (this build's CUDA runtime is 13.0)");
}

TEST(Gpu, SaysThatNoneIsSeen) {
  FakeGpu gpu;
  gpu.gpus = 0;
  const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
  const std::string before = visible ? visible : "";
  unsetenv("CUDA_VISIBLE_DEVICES");
  EXPECT_EQ(why(gpu), "the NVIDIA driver (CUDA 13.0) sees no GPU");
  setenv("CUDA_VISIBLE_DEVICES", "7", 1);
  EXPECT_EQ(why(gpu), "the NVIDIA driver (CUDA 13.0) sees no GPU (CUDA_VISIBLE_DEVICES is '7')");
  visible ? setenv("CUDA_VISIBLE_DEVICES", before.c_str(), 1) : unsetenv("CUDA_VISIBLE_DEVICES");
}

TEST(Gpu, EveryWayToItSaysWhyItIsClosed) {
  FakeGpu gpu;
  gpu.driver = 0;
  const Api api = gpu.api();
  const MachineScope scope(api);
  const auto message = [](const auto& call) -> std::string {
    try {
      call();
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  const std::string expected = "device: cuda cannot be used: " + why_no_cuda();
  EXPECT_EQ(message([] { stream_of(Device::cuda); }), expected);
  EXPECT_EQ(message([] { kernels(Device::cuda); }), expected);
  EXPECT_EQ(message([] { Tensor({2}, DType::f32, Device::cuda); }), expected);
  EXPECT_EQ(message([] { gpu_info(); }), why_no_cuda());
  EXPECT_EQ(gpu.calls("create_stream"), 0);
}

TEST(Gpu, DescribesItself) {
  FakeGpu gpu;
  gpu.driver = 13020, gpu.capacity = 1000;
  const Api api = gpu.api();
  const MachineScope scope(api);
  const GpuInfo info = gpu_info();
  EXPECT_EQ(info.name, "Fake GPU");
  EXPECT_EQ(info.compute_capability, "9.0");
  EXPECT_EQ(info.driver, "13.2");
  EXPECT_EQ(info.runtime, "13.0");
  EXPECT_EQ(info.clock_mhz, 1000);
  EXPECT_EQ(info.total_bytes, 1000u);
}

TEST(Gpu, ABuildWithoutCudaSaysSo) {
  if (cuda_compiled_in()) GTEST_SKIP() << "skipped: CUDA is compiled in";
  EXPECT_EQ(why_no_cuda(),
            "this build has no CUDA kernels: configure with -DMUECA_CUDA=ON where a CUDA toolkit is installed");
}

TEST(Gpu, EachThreadHasAStreamAndLeavesItToTheNext) {
  FakeGpu gpu;
  const Api api = gpu.api();
  const MachineScope scope(api);
  void *const mine = stream_of(Device::cuda).handle, *other = nullptr, *later = nullptr;
  EXPECT_EQ(stream_of(Device::cuda).handle, mine);
  std::thread([&] { other = stream_of(Device::cuda).handle; }).join();
  std::thread([&] { later = stream_of(Device::cuda).handle; }).join();
  EXPECT_NE(other, mine);
  EXPECT_EQ(later, other);
  EXPECT_EQ(gpu.calls("create_stream"), 2);
}

}  // namespace
}  // namespace mueca::gpu
