// The GPU of this machine, for reports and for who wants to know why it is not used.
#pragma once
#include <cstddef>
#include <string>

namespace mueca {

struct GpuInfo {
  std::string name;                             // "NVIDIA H200"
  std::string compute_capability;               // "9.0"
  std::string driver, runtime;                  // the newest CUDA version that the driver knows, this build's: "13.0"
  int multiprocessors = 0, clock_mhz = 0;       // the highest clock
  std::size_t free_bytes = 0, total_bytes = 0;  // of its memory, now
};

// Empty when Device::cuda can be used; otherwise the one sentence that says why not, without a full stop. Asked once.
const std::string& why_no_cuda();
GpuInfo gpu_info();  // throws Error(why_no_cuda()) where there is none
bool cuda_compiled_in();

}  // namespace mueca
