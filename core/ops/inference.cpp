// Convolutions for inference: packed filters, fused epilogues, no gradient.
#include "core/ops/op.h"

namespace mueca {
namespace {

void check_epilogue(const char* op, Activation a) {
  check(a == Activation::none || a == Activation::relu || a == Activation::relu6, op,
        ": only none, relu and relu6 can be fused");
}

}  // namespace

Tensor conv2d_pack(const Tensor& w, Conv2d geometry, Index height, Index width) {
  check_rank("conv2d_pack", "w", w, 4, "[R, S, C, K]");
  window_extent("conv2d_pack", height, geometry.pad.top, geometry.pad.bottom, w.extent(0), geometry.stride);
  window_extent("conv2d_pack", width, geometry.pad.left, geometry.pad.right, w.extent(1), geometry.stride);
  Tensor packed = make({packed_filter_size(w.extent(0), w.extent(1), w.extent(2), w.extent(3))}, w);
  kernels_of(w).conv2d_pack(stream_for(w), w.view<float, 4>(), packed.view<float, 1>(), geometry, height, width);
  return packed;
}

Tensor conv2d_packed(const Tensor& x, const Tensor& w, const Tensor& b, const Tensor& packed, Conv2d geometry,
                     Activation activation, const Tensor& residual) {
  check_activations("conv2d_packed", "x", x, 4, "[N, H, W, C]");
  check_rank("conv2d_packed", "w", w, 4, "[R, S, C, K]");
  check(w.extent(2) == x.extent(3), "conv2d_packed: w must be [R, S, C=", x.extent(3), ", K], got ", w.shape());
  if (b.defined()) check_shape("conv2d_packed", "b", b, {w.extent(3)}, "[K]");
  check_shape("conv2d_packed", "packed", packed,
              {packed_filter_size(w.extent(0), w.extent(1), w.extent(2), w.extent(3))}, "what conv2d_pack made of w");
  check_epilogue("conv2d_packed", activation);
  const Index p =
      window_extent("conv2d_packed", x.extent(1), geometry.pad.top, geometry.pad.bottom, w.extent(0), geometry.stride);
  const Index q =
      window_extent("conv2d_packed", x.extent(2), geometry.pad.left, geometry.pad.right, w.extent(1), geometry.stride);
  Tensor y = make({x.extent(0), p, q, w.extent(3)}, x);
  if (residual.defined()) check_like("conv2d_packed", "residual", residual, y, y.shape(), "the shape of y");
  kernels_of(x).conv2d_packed_forward(stream_for(x), x.act<4>(), w.view<float, 4>(), b.view<float, 1>(),
                                      packed.view<float, 1>(), residual.act<4>(), y.act<4>(), geometry, activation);
  return y;
}

Tensor depthwise_fused(const Tensor& x, const Tensor& w, const Tensor& b, Conv2d geometry, Activation activation) {
  check_activations("depthwise_fused", "x", x, 4, "[N, H, W, C]");
  check_rank("depthwise_fused", "w", w, 3, "[R, S, C]");
  check(w.extent(2) == x.extent(3), "depthwise_fused: w must be [R, S, C=", x.extent(3), "], got ", w.shape());
  if (b.defined()) check_shape("depthwise_fused", "b", b, {w.extent(2)}, "[C]");
  check_epilogue("depthwise_fused", activation);
  const Index p = window_extent("depthwise_fused", x.extent(1), geometry.pad.top, geometry.pad.bottom, w.extent(0),
                                geometry.stride);
  const Index q = window_extent("depthwise_fused", x.extent(2), geometry.pad.left, geometry.pad.right, w.extent(1),
                                geometry.stride);
  Tensor y = make({x.extent(0), p, q, x.extent(3)}, x);
  kernels_of(x).depthwise_fused_forward(stream_for(x), x.act<4>(), w.view<float, 3>(), b.view<float, 1>(), y.act<4>(),
                                        geometry, activation);
  return y;
}

}  // namespace mueca
