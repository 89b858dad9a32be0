// What a forward pass is told besides its input: training or not, where dropout draws from, and who is watching.
#pragma once
#include <cstdint>
#include <functional>
#include <string_view>

#include "core/tensor.h"

namespace mueca {

struct Context {
  bool training = false;   // dropout on, batch statistics in batch-norm
  std::uint64_t seed = 0;  // dropout draws from (seed, layer, step): the same three, the same mask
  std::uint32_t step = 0;
  std::function<void(std::string_view layer, const Tensor& output)> tap = {};  // sees each named block's output

  void show(std::string_view layer, const Tensor& output) const {
    if (tap) tap(layer, output);
  }
};

}  // namespace mueca
