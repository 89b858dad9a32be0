// What this machine's processors and memory can do at most, measured: the roof over the CPU's kernels.
#pragma once
#include <string>
#include <vector>

namespace mueca {

struct Ceiling {
  std::string name;  // "compute.fp32 FMA" in GFLOP/s, "memory.DRAM copy" in GB/s
  double value = 0;
};

// With the threads that kernels use; about two seconds. Copies count bytes read and bytes written.
std::vector<Ceiling> measure_cpu_ceilings();

}  // namespace mueca
