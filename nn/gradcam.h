// Grad-CAM: where in the picture a network saw what it says (Selvaraju et al.
// 2017).
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "nn/model.h"

namespace mueca {

// x [N, S, S, C] and a class per row -> [N, P, Q] in [0, 1]: relu(sum_k a_k
// A_k) over the channels of the named layer's output A [N, P, Q, K], a_k the
// mean over P, Q of d logit / d A_k, divided by each row's largest (0 stays 0).
// Inference mode; leaves no gradients behind. Throws Error for an unknown layer
// or one without a map.
Tensor grad_cam(Model& model, const Tensor& x, std::span<const int> classes, std::string_view layer);

// The last layer whose output is a map: what is pooled for the classifier.
std::string last_map(Model& model);

}  // namespace mueca
