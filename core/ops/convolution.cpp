// conv2d, depthwise_conv2d and dense: the linear maps with learned weights, and the two paddings of Keras.
#include <algorithm>

#include "core/ops/op.h"

namespace mueca {
namespace {

Index same_total(Index extent, Index window, int stride) {
  check(stride >= 1, "same_padding: stride must be at least 1, got ", stride);
  const Index out = (extent + stride - 1) / stride;
  return std::max<Index>((out - 1) * stride + window - extent, 0);
}

struct OutputExtent {
  Index p, q;
};
OutputExtent output_extent(const char* op, const Tensor& x, const Tensor& w, Conv2d g) {
  return {window_extent(op, x.extent(1), g.pad.top, g.pad.bottom, w.extent(0), g.stride),
          window_extent(op, x.extent(2), g.pad.left, g.pad.right, w.extent(1), g.stride)};
}

// gb[K] of a bias that was added to every row of gy[..., K]; absent when not wanted.
Tensor bias_gradient(bool wanted, const Tensor& gy) {
  Tensor gb = wanted ? make_float({gy.extent(-1)}, gy) : Tensor();
  if (wanted) kernels_of(gy).bias_backward(stream_for(gy), gy.rows(), gb.view<float, 1>());
  return gb;
}

}  // namespace

Padding same_padding(Index height, Index width, Index filter_rows, Index filter_columns, int stride) {
  const auto rows = static_cast<int>(same_total(height, filter_rows, stride));
  const auto columns = static_cast<int>(same_total(width, filter_columns, stride));
  return {rows / 2, columns / 2, rows - rows / 2, columns - columns / 2};
}

Padding keras_stride2_padding(Index height, Index width, Index filter) {
  const auto half = static_cast<int>(filter / 2);
  return {half - (height % 2 == 0), half - (width % 2 == 0), half, half};
}

Tensor conv2d(const Tensor& x, const Tensor& w, const Tensor& b, Conv2d geometry) {
  check_activations("conv2d", "x", x, 4, "[N, H, W, C]");
  check_rank("conv2d", "w", w, 4, "[R, S, C, K]");
  check(w.extent(2) == x.extent(3), "conv2d: w must be [R, S, C=", x.extent(3), ", K], got ", w.shape());
  if (b.defined()) check_shape("conv2d", "b", b, {w.extent(3)}, "[K]");
  const auto [p, q] = output_extent("conv2d", x, w, geometry);
  Tensor y = make({x.extent(0), p, q, w.extent(3)}, x);
  kernels_of(x).conv2d_forward(stream_for(x), x.act<4>(), w.view<float, 4>(), b.view<float, 1>(), y.act<4>(), geometry);
  return record({"conv2d", geometry}, y, {x, w, b},
                [x = x.detached(), w = w.detached(), geometry, wants_x = wants_grad(x), wants_w = wants_grad(w),
                 wants_b = wants_grad(b)](const Tensor& gy) -> Gradients {
                  const auto& k = kernels_of(gy);
                  Tensor gx = make_if(wants_x, x.shape(), gy), gw = make_if(wants_w, w.shape(), w);
                  if (wants_x)
                    k.conv2d_backward_data(stream_for(gy), gy.act<4>(), w.view<float, 4>(), gx.act<4>(), geometry);
                  if (wants_w)
                    k.conv2d_backward_weights(stream_for(gy), x.act<4>(), gy.act<4>(), gw.view<float, 4>(), geometry);
                  return {gx, gw, bias_gradient(wants_b, gy)};
                });
}

Tensor depthwise_conv2d(const Tensor& x, const Tensor& w, const Tensor& b, Conv2d geometry) {
  check_activations("depthwise_conv2d", "x", x, 4, "[N, H, W, C]");
  check_rank("depthwise_conv2d", "w", w, 3, "[R, S, C]");
  check(w.extent(2) == x.extent(3), "depthwise_conv2d: w must be [R, S, C=", x.extent(3), "], got ", w.shape());
  if (b.defined()) check_shape("depthwise_conv2d", "b", b, {w.extent(2)}, "[C]");
  const auto [p, q] = output_extent("depthwise_conv2d", x, w, geometry);
  Tensor y = make({x.extent(0), p, q, x.extent(3)}, x);
  kernels_of(x).depthwise_forward(stream_for(x), x.act<4>(), w.view<float, 3>(), b.view<float, 1>(), y.act<4>(),
                                  geometry);
  return record({"depthwise_conv2d", geometry}, y, {x, w, b},
                [x = x.detached(), w = w.detached(), geometry, wants_x = wants_grad(x), wants_w = wants_grad(w),
                 wants_b = wants_grad(b)](const Tensor& gy) -> Gradients {
                  const auto& k = kernels_of(gy);
                  Tensor gx = make_if(wants_x, x.shape(), gy), gw = make_if(wants_w, w.shape(), w);
                  if (wants_x)
                    k.depthwise_backward_data(stream_for(gy), gy.act<4>(), w.view<float, 3>(), gx.act<4>(), geometry);
                  if (wants_w)
                    k.depthwise_backward_weights(stream_for(gy), x.act<4>(), gy.act<4>(), gw.view<float, 3>(),
                                                 geometry);
                  return {gx, gw, bias_gradient(wants_b, gy)};
                });
}

Tensor dense(const Tensor& x, const Tensor& w, const Tensor& b) {
  check_activations("dense", "x", x);
  check_rank("dense", "w", w, 2, "[C, K]");
  check(w.extent(0) == x.extent(-1), "dense: w must be [C=", x.extent(-1), ", K], got ", w.shape());
  if (b.defined()) check_shape("dense", "b", b, {w.extent(1)}, "[K]");
  std::vector<Index> extents(x.shape().begin(), x.shape().end());
  extents.back() = w.extent(1);
  Tensor y = make(Shape(extents), x);
  kernels_of(x).dense_forward(stream_for(x), x.rows(), w.view<float, 2>(), b.view<float, 1>(), y.rows());
  return record({"dense"}, y, {x, w, b},
                [x = x.detached(), w = w.detached(), wants_x = wants_grad(x), wants_w = wants_grad(w),
                 wants_b = wants_grad(b)](const Tensor& gy) -> Gradients {
                  const auto& k = kernels_of(gy);
                  Tensor gx = make_if(wants_x, x.shape(), gy), gw = make_if(wants_w, w.shape(), w);
                  if (wants_x) k.dense_backward_data(stream_for(gy), gy.rows(), w.view<float, 2>(), gx.rows());
                  if (wants_w) k.dense_backward_weights(stream_for(gy), x.rows(), gy.rows(), gw.view<float, 2>());
                  return {gx, gw, bias_gradient(wants_b, gy)};
                });
}

}  // namespace mueca
