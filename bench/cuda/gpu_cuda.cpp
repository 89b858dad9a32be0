// A GPU through the CUDA runtime. Built only where the toolkit is.
#include <cuda_runtime_api.h>

#include <cstdio>

#include "bench/cuda/gpu.h"
#include "core/error.h"
#include "core/gpu.h"
#include "core/graph.h"

namespace mueca::bench {
namespace {

void must(cudaError_t error, const char* what) {
  check(error == cudaSuccess, "CUDA: ", what, ": ", cudaGetErrorString(error));
}

// What nvidia-smi says now; empty where it is not installed or does not know the field.
std::string ask_driver(const std::string& field) {
  const std::string command = "nvidia-smi --query-gpu=" + field + " --format=csv,noheader -i 0 2>/dev/null";
  std::string answer;
  FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) return answer;
  for (int c = std::fgetc(pipe); c != EOF && c != '\n'; c = std::fgetc(pipe)) answer += static_cast<char>(c);
  return pclose(pipe) == 0 ? answer : std::string();
}

class Cuda final : public Gpu {
 public:
  explicit Cuda(const cudaDeviceProp& properties) : properties_(properties) {
    must(cudaEventCreate(&begin_), "make an event");
    must(cudaEventCreate(&end_), "make an event");
  }
  ~Cuda() override {
    cudaEventDestroy(begin_);
    cudaEventDestroy(end_);
  }

  Device device() const override { return Device::cuda; }
  Memory allocate(std::size_t bytes) override {
    void* data = nullptr;
    must(cudaMalloc(&data, bytes ? bytes : 1), str("allocate ", bytes, " bytes").c_str());
    return {data, [](void* p) { cudaFree(p); }};
  }
  void upload(void* to, const void* from, std::size_t bytes) override {
    must(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, handle()), "copy to the device");
    finish();
  }
  void download(void* to, const void* from, std::size_t bytes) override {
    must(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, handle()), "copy from the device");
    finish();
  }
  void copy(void* to, const void* from, std::size_t bytes) override {
    must(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, handle()), "copy");
  }
  void poison(void* to, std::size_t bytes) override { must(cudaMemsetAsync(to, 0xFF, bytes, handle()), "poison"); }
  void finish() override { must(cudaStreamSynchronize(handle()), "finish"); }
  std::size_t cache_bytes() const override { return static_cast<std::size_t>(properties_.l2CacheSize); }

  std::map<std::string, std::string> facts() const override {
    int driver = 0, runtime = 0;
    cudaDriverGetVersion(&driver);
    cudaRuntimeGetVersion(&runtime);
    const auto version = [](int v) { return str(v / 1000, ".", v % 1000 / 10); };
    return {{"gpu", properties_.name},
            {"compute capability", str(properties_.major, ".", properties_.minor)},
            {"multiprocessors", str(properties_.multiProcessorCount)},
            {"L2 bytes", str(properties_.l2CacheSize)},
            {"memory bytes", str(properties_.totalGlobalMem)},
            {"ECC", properties_.ECCEnabled ? "on" : "off"},
            {"CUDA driver, runtime", version(driver) + ", " + version(runtime)},
            {"driver", ask_driver("driver_version")},
            {"clocks now, SM and memory", ask_driver("clocks.sm") + ", " + ask_driver("clocks.mem")},
            {"clocks at most, SM and memory", ask_driver("clocks.max.sm") + ", " + ask_driver("clocks.max.mem")}};
  }

  double microseconds(const Work& work) override {
    must(cudaEventRecord(begin_, handle()), "record an event");
    work();
    must(cudaEventRecord(end_, handle()), "record an event");
    must(cudaEventSynchronize(end_), "run");
    must(cudaGetLastError(), "run");
    float ms = 0;
    must(cudaEventElapsedTime(&ms, begin_, end_), "time");
    return double{ms} * 1000;
  }

  Work record(const Work& work) override {
    const auto recorded = std::make_shared<RecordedWork>(Device::cuda);
    try {
      recorded->run(work);  // as it is: what allocates or tunes itself does so now
      recorded->run(work);  // recorded, and started
      finish();
    } catch (const std::exception&) {  // a peer's call that may not be recorded
      (void)cudaGetLastError();
      return {};
    }
    return [recorded, work] { recorded->run(work); };
  }

 private:
  cudaStream_t handle() const { return static_cast<cudaStream_t>(stream_of(Device::cuda).handle); }

  cudaDeviceProp properties_;
  cudaEvent_t begin_ = nullptr, end_ = nullptr;
};

}  // namespace

std::unique_ptr<Gpu> open_cuda(std::string* why) {
  if (!has_device(Device::cuda)) {
    *why = why_no_cuda();
    return nullptr;
  }
  cudaDeviceProp properties{};
  must(cudaGetDeviceProperties(&properties, 0), "read the device's properties");
  return std::make_unique<Cuda>(properties);
}

}  // namespace mueca::bench
