// How many images of each class there are, per split or source.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "apps/figures/canvas.h"

namespace mueca {

struct ClassCounts {
  std::string name;                 // of the split or source
  std::vector<std::int64_t> count;  // [classes]
};

// A panel per group with a bar per class: its length is the share of the group's images, so that groups of any size
// compare; its label the number. The facts say how unequal the classes are.
Canvas distribution_figure(const std::vector<std::string>& classes, const std::vector<ClassCounts>& groups,
                           const std::string& title, const std::string& facts = "");

}  // namespace mueca
