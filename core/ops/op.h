// What the bodies of the ops share: the kernels and stream of a tensor's device, and the words of a shape error.
#pragma once
#include "core/autograd.h"
#include "core/kernels.h"
#include "core/ops.h"

namespace mueca {

using Gradients = std::vector<Tensor>;

inline const KernelTable& kernels_of(const Tensor& t) { return kernels(t.device()); }
inline Stream& stream_for(const Tensor& t) { return stream_of(t.device()); }

// A new tensor on the device of `like`, stored as it is; contents undefined.
inline Tensor make(Shape shape, const Tensor& like) { return Tensor(shape, like.dtype(), like.device()); }
inline Tensor make_float(Shape shape, const Tensor& like) { return Tensor(shape, DType::f32, like.device()); }
inline Tensor make_like(const Tensor& t) { return make(t.shape(), t); }
// The same where a gradient is wanted, otherwise an absent tensor, which kernels see as an empty view.
inline Tensor make_if(bool wanted, Shape shape, const Tensor& like) { return wanted ? make(shape, like) : Tensor(); }

// Throws unless t is an activation of that rank, float32 or bfloat16: "conv2d: x must be [N, H, W, C], got [3, 3]".
inline void check_activations(const char* op, const char* argument, const Tensor& t) {
  check(t.defined(), op, ": ", argument, " must be a tensor, got nothing");
  check(t.dtype() == DType::f32 || t.dtype() == DType::bf16, op, ": ", argument, " must be float32 or bfloat16, got ",
        name_of(t.dtype()));
  check(t.shape().rank() >= 1, op, ": ", argument, " must have at least one axis");
}
inline void check_activations(const char* op, const char* argument, const Tensor& t, int rank, const char* letters) {
  check(t.defined(), op, ": ", argument, " must be ", letters, ", got nothing");
  check_activations(op, argument, t);
  check(t.shape().rank() == rank, op, ": ", argument, " must be ", letters, ", got ", t.shape());
}
// Throws unless t is stored as x, with exactly that shape.
inline void check_like(const char* op, const char* argument, const Tensor& t, const Tensor& x, const Shape& shape,
                       const char* letters) {
  check(t.defined(), op, ": ", argument, " must be ", letters, " = ", shape, ", got nothing");
  check(t.dtype() == x.dtype(), op, ": ", argument, " must be ", name_of(x.dtype()), " as the first is, got ",
        name_of(t.dtype()));
  check(t.shape() == shape, op, ": ", argument, " must be ", letters, " = ", shape, ", got ", t.shape());
}

// Throws unless t is a float32 tensor of that rank: "conv2d: w must be [R, S, C, K], got [3, 3]".
inline void check_rank(const char* op, const char* argument, const Tensor& t, int rank, const char* letters) {
  check(t.defined(), op, ": ", argument, " must be ", letters, ", got nothing");
  check(t.dtype() == DType::f32, op, ": ", argument, " must be float32, got ", name_of(t.dtype()));
  check(t.shape().rank() == rank, op, ": ", argument, " must be ", letters, ", got ", t.shape());
}

// The same for an argument of any rank from 1 up.
inline void check_float(const char* op, const char* argument, const Tensor& t) {
  check(t.defined(), op, ": ", argument, " must be a tensor, got nothing");
  check(t.dtype() == DType::f32, op, ": ", argument, " must be float32, got ", name_of(t.dtype()));
  check(t.shape().rank() >= 1, op, ": ", argument, " must have at least one axis");
}

// Throws unless t has exactly that shape; `letters` says what the extents mean.
inline void check_shape(const char* op, const char* argument, const Tensor& t, const Shape& shape,
                        const char* letters) {
  check(t.defined(), op, ": ", argument, " must be ", letters, " = ", shape, ", got nothing");
  check(t.dtype() == DType::f32, op, ": ", argument, " must be float32, got ", name_of(t.dtype()));
  check(t.shape() == shape, op, ": ", argument, " must be ", letters, " = ", shape, ", got ", t.shape());
}

// Extent of a window's output along one axis; throws when the window does not fit.
inline Index window_extent(const char* op, Index extent, int before, int after, Index window, int stride) {
  check(stride >= 1, op, ": stride must be at least 1, got ", stride);
  check(window >= 1, op, ": the window must be at least 1, got ", window);
  check(before >= 0 && after >= 0, op, ": padding must not be negative, got ", before, " and ", after);
  check(extent + before + after >= window, op, ": a window of ", window, " does not fit ", extent, " + padding ",
        before, " + ", after);
  return (extent + before + after - window) / stride + 1;
}

}  // namespace mueca
