#include "nn/model.h"

#include "core/ops.h"
#include "core/precision.h"

namespace mueca {

Tensor Model::forward(const Tensor& x, const Context& context) {
  const bool narrow = x.defined() && x.dtype() == DType::f32 && narrow_activations(x.device());
  return cast(layers(narrow ? cast(x, DType::bf16) : x, context), DType::f32);
}

}  // namespace mueca
