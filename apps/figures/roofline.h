// Kernels under the roof: what they reach, and what memory and arithmetic allow (Williams et al. 2009).
#pragma once
#include <span>
#include <string>

#include "apps/figures/canvas.h"

namespace mueca {

struct RooflineKernel {
  std::string name;  // a peer's kernel of the same name is compared with ours
  double flop_per_byte = 0, gflops = 0;
  bool peer = false;  // hollow: another library
};

// A measured ceiling: GFLOP/s of arithmetic, or GB/s of memory.
struct RooflineCeiling {
  std::string name;
  double value = 0;
};

// Both axes logarithmic. The highest ceilings make the roof, lower ones (caches the other way round: smaller memories
// lie higher) are drawn thin. Points that are not positive and finite are left out and said so. Throws Error when one
// kind of ceiling is missing.
Canvas roofline_figure(std::span<const RooflineKernel> kernels, std::span<const RooflineCeiling> compute,
                       std::span<const RooflineCeiling> memory, const std::string& title,
                       const std::string& facts = "");

}  // namespace mueca
