#include <algorithm>
#include <chrono>
#include <cstring>

#include "bench/cuda/gpu.h"
#include "core/error.h"
#include "core/memory.h"

namespace mueca::bench {

std::unique_ptr<Gpu> open_cuda(std::string* why);  // gpu_cuda.cpp, or below without a toolkit

namespace {

class Rehearsal final : public Gpu {
 public:
  Device device() const override { return Device::emulated; }
  Memory allocate(std::size_t bytes) override {
    const auto buffer = std::make_shared<Buffer>(Device::emulated, std::max<std::size_t>(bytes, 1));
    return {buffer, buffer->data()};
  }
  void upload(void* to, const void* from, std::size_t bytes) override { std::memcpy(to, from, bytes); }
  void download(void* to, const void* from, std::size_t bytes) override { std::memcpy(to, from, bytes); }
  void copy(void* to, const void* from, std::size_t bytes) override { std::memcpy(to, from, bytes); }
  void poison(void* to, std::size_t bytes) override { std::memset(to, 0xFF, bytes); }
  void finish() override {}
  std::size_t cache_bytes() const override { return 0; }
  std::map<std::string, std::string> facts() const override {
    return {{"gpu", "none: a rehearsal on the executor, whose times mean nothing"}};
  }
  double microseconds(const Work& work) override {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count();
  }
  Work record(const Work& work) override { return work; }
};

}  // namespace

std::unique_ptr<Gpu> open_gpu(Device device, std::string* why) {
  if (device == Device::emulated) return std::make_unique<Rehearsal>();
  check(device == Device::cuda, "bench: expected device cuda or emulated, got ", name_of(device));
  return open_cuda(why);
}

#ifndef MUECA_HAVE_CUDA
std::unique_ptr<Gpu> open_cuda(std::string* why) {
  *why = "this build has no CUDA toolkit";
  return nullptr;
}
#endif

}  // namespace mueca::bench
