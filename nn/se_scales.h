// What squeeze-and-excitation lets through: the factor of each channel for each image.
#pragma once
#include <string>
#include <vector>

#include "nn/model.h"

namespace mueca {

struct SeScales {
  std::string block;  // "stage1_block1_se"
  Tensor scale;       // [N, C] in (0, 1)
};

// One entry per SE block, in the order of the network; none for a network without. x [N, size, size, channels].
// Inference mode; nothing is recorded for a backward pass.
std::vector<SeScales> se_scales(Model& model, const Tensor& x);

}  // namespace mueca
