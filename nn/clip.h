// Gradient clipping.
#pragma once
#include "core/tensor.h"

namespace mueca {

// Scales `gradient` in place to the Euclidean norm `max_norm` when its own is larger (Pascanu et al. 2013); max_norm 0
// only measures. figures [2], on the device of the gradient, becomes its norm before and the factor. A norm that is not
// finite scales nothing. Kernels alone: the host waits for nothing.
void clip_global_norm(const Tensor& gradient, float max_norm, const Tensor& figures);

}  // namespace mueca
