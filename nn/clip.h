// Gradient clipping.
#pragma once
#include "core/tensor.h"

namespace mueca {

// The Euclidean norm of `gradient` before; scales it in place to `max_norm` when it is larger (Pascanu et al. 2013).
// max_norm 0 only measures. A norm that is not finite is returned as it is and nothing is scaled.
float clip_global_norm(const Tensor& gradient, float max_norm);

}  // namespace mueca
