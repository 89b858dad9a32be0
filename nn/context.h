// What a forward pass is told besides its input: training or not, where dropout draws from, and who is watching.
#pragma once
#include <cstdint>
#include <functional>
#include <string_view>

#include "core/tensor.h"

namespace mueca {

class FoldedLayers;  // nn/inference.h

struct Context {
  bool training = false;   // dropout on, batch statistics in batch-norm
  std::uint64_t seed = 0;  // dropout draws from (seed, layer, step): the same three, the same mask
  Tensor numbers = {};     // a StepNumbers on the model's device (core/records.h); absent: step 0
  Tensor memory = {};      // [N, H] of a sequence model: where it begins, then overwritten by where it ends; or absent
  // Sees each named block's output, and may put another tensor of the same shape in its place.
  std::function<void(std::string_view layer, Tensor& output)> tap = {};
  FoldedLayers* folded = nullptr;  // an inference form's: stands in for convolutions and the batch-norms behind them

  void show(std::string_view layer, Tensor& output) const {
    if (tap) tap(layer, output);
  }
};

}  // namespace mueca
