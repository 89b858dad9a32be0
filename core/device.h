// Where tensors live and kernels run. `emulated` runs the CUDA kernels' own source on the CPU.
#pragma once
#include <string_view>

namespace mueca {

enum class Device { cpu, cuda, emulated };

// The order of kernels on a device. The CPU runs each kernel to its end; on CUDA `handle` is a cudaStream_t.
struct Stream {
  Device device = Device::cpu;
  void* handle = nullptr;
};

std::string_view name_of(Device device);
Device parse_device(std::string_view name);  // "cpu" | "cuda" | "emulated"; throws Error
bool has_device(Device device);              // compiled in, and (cuda) a usable GPU is there
Stream& stream_of(Device device);            // the calling thread's stream

}  // namespace mueca
