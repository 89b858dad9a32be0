// What was aimed at, by family: ratios to the fairest peer that were estimated from rooflines before anything ran.
#pragma once
#include <string_view>

namespace mueca::bench {

struct Target {
  const char *what, *peer, *good, *moonshot;
  // What the parts of a benchmark's name must start with, end with, be one of; empty: any.
  std::string_view family, op, algorithms;

  bool matches(std::string_view f, std::string_view o, std::string_view a) const {
    bool one_of = algorithms.empty();
    for (std::string_view rest = algorithms; !rest.empty() && !one_of;) {
      const std::size_t blank = rest.find(' ');
      one_of = rest.substr(0, blank) == a;
      rest = blank == rest.npos ? std::string_view() : rest.substr(blank + 1);
    }
    return f.starts_with(family) && o.ends_with(op) && one_of;
  }
};

inline constexpr Target kTargets[] = {
    {"depthwise 3x3 forward", "best of cuDNN", "1.5 to 2", "3", "depthwise3x3", "forward", "tiled tiled@bf16"},
    {"depthwise 3x3 backward data", "best of cuDNN", "1.5 to 2", "3", "depthwise3x3", "backward_data",
     "tiled tiled@bf16"},
    {"depthwise 3x3 backward weights", "best of cuDNN", "2", "4 to 5", "depthwise3x3", "backward_weights",
     "tiled tiled@bf16"},
    {"depthwise 5x5, all passes", "best of cuDNN", "2 to 3", "5 to 6", "depthwise5x5", "", "tiled tiled@bf16"},
    {"stem, 1 or 3 channels, forward and weights", "cuDNN, padded or not", "2", "4", "stem", "", ""},
    {"squeeze-and-excitation, fused", "cuDNN's operations in a graph", "2 to 3", "4", "squeeze_excite", "", ""},
    {"batch norm + ReLU (+ add)", "cuDNN's batch norm", "1.0", "1.15", "batch_norm", "", ""},
    {"3x3 + batch norm + ReLU", "cuDNN's convolution and batch norm, or its fused graphs", "1.0 to 1.1", "1.3",
     "conv_norm", "", ""},
    {"softmax of 7 classes", "cuDNN", "3", "5", "softmax", "", ""},
    {"pooling", "cuDNN", "1.3", "1.5 to 2", "pool", "", ""},
    {"1x1, tf32", "best of cuDNN, tf32", "0.7", "0.95", "pointwise", "", "tf32"},
    {"1x1, bf16", "best of cuDNN, bf16", "0.65", "0.95 to 1.0", "pointwise", "", "bf16@bf16"},
    {"3x3 forward, bf16", "best of cuDNN, bf16", "0.65", "0.95 to 1.0", "conv2d", "forward", "bf16@bf16 wgmma@bf16"},
    {"3x3 backward data, bf16", "best of cuDNN, bf16", "0.65", "0.95 to 1.0", "conv2d", "backward_data",
     "bf16@bf16 wgmma@bf16"},
    {"3x3 backward weights, bf16", "best of cuDNN, bf16", "0.55", "0.9", "conv2d", "backward_weights",
     "bf16@bf16 wgmma@bf16"},
    {"3x3 forward, tf32", "best of cuDNN, tf32", "0.7", "0.95", "conv2d", "forward", "tf32"},
    {"3x3, float32 (three tf32 products)", "best of cuDNN, FMA", "0.8", "1.5", "conv2d", "", "tf32x3"},
};

}  // namespace mueca::bench
