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
bool has_device(Device device);              // cuda: compiled in, and a usable GPU is there (core/gpu.h says why not)
Stream& stream_of(Device device);            // the calling thread's stream
void synchronize(Device device);             // waits until what this thread has put on its stream is done

}  // namespace mueca
