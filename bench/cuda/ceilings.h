// What the GPU can do at most, measured by small kernels of our own in the same run: the roof over everything else.
#pragma once
#include <string>
#include <vector>

#include "bench/cuda/gpu.h"

namespace mueca::bench {

struct Ceiling {
  std::string name;  // "compute.mma bf16" in GFLOP/s, "memory.copy" in GB/s, "call, recorded, us": the least one takes
  double value = 0;
};
// Empty on the executor and without a toolkit.
std::vector<Ceiling> measure_ceilings(Gpu& gpu);

// The least microseconds that a call can take under the ceilings; 0 when they are not known. Float32 results may come
// from CUDA cores or from three tf32 products; tf32 and bf16 from the fastest unit of that kind.
double roof_microseconds(const std::vector<Ceiling>& ceilings, int math, double flop, double bytes);

}  // namespace mueca::bench
