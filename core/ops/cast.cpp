// cast: from float32 to how activations are stored, and back.
#include "core/ops/op.h"

namespace mueca {

Tensor cast(const Tensor& x, DType dtype) {
  check_activations("cast", "x", x);
  check(dtype == DType::f32 || dtype == DType::bf16, "cast: to float32 or bfloat16, got ", name_of(dtype));
  if (x.dtype() == dtype) return x;
  Tensor y(x.shape(), dtype, x.device());
  if (dtype == DType::bf16)
    kernels_of(x).narrow(stream_for(x), x.view<float, 1>(), y.act<1>());
  else
    kernels_of(x).widen(stream_for(x), x.act<1>(), y.view<float, 1>());
  return record({"cast"}, y, {x}, [before = x.dtype()](const Tensor& gy) -> Gradients { return {cast(gy, before)}; });
}

}  // namespace mueca
