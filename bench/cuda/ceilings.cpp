#include "bench/cuda/ceilings.h"

#include <algorithm>
#include <string_view>

namespace mueca::bench {

double roof_microseconds(const std::vector<Ceiling>& ceilings, int math, double flop, double bytes) {
  double peak = 0, memory = 0;
  for (const Ceiling& c : ceilings) {
    const std::string_view name = c.name;
    const bool tf32 = name.ends_with("tf32"), bf16 = name.ends_with("bf16");
    if (name.starts_with("memory.")) memory = std::max(memory, c.value);
    if (!name.starts_with("compute.")) continue;
    if (math == 0 && !tf32 && !bf16) peak = std::max(peak, c.value);
    if (math == 0 && tf32) peak = std::max(peak, c.value / 3);
    if ((math == 1 && tf32) || (math == 2 && bf16)) peak = std::max(peak, c.value);
  }
  if (peak <= 0 || memory <= 0) return 0;
  return std::max(flop / peak, bytes / memory) * 1e-3;  // GFLOP/s are FLOP per nanosecond
}

#ifndef MUECA_HAVE_CUDA
std::vector<Ceiling> measure_ceilings(Gpu&) { return {}; }
#endif

}  // namespace mueca::bench
