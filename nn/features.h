// Features: what a named layer of a model says about a batch, pooled over the map.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "nn/model.h"

namespace mueca {

// x [N, S, S, C] -> [N, K]: the global average of the named layer's output [N, P, Q, K], or that output itself when it
// is [N, K]. Inference mode, nothing recorded. Throws Error for an unknown layer, listing the known ones.
Tensor pooled_features(Model& model, const Tensor& x, std::string_view layer);

// Names that pooled_features accepts, in order of the forward pass, found by running a batch of one.
std::vector<std::string> layer_names(Model& model);

}  // namespace mueca
