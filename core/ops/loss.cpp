// Softmax and the losses. A loss kernel gives the gradient with the loss; the backward only scales it.
#include "core/ops/op.h"

namespace mueca {
namespace {

using LossKernel = Calls::softmax_cross_entropy*;  // every loss kernel has this signature

Tensor mean_loss(const char* op, LossKernel kernel, const Tensor& logits, const Tensor& targets) {
  check_rank(op, "logits", logits, 2, "[M, K]");
  check_shape(op, "targets", targets, logits.shape(), "[M, K]");
  check(logits.size() > 0, op, ": logits must not be empty, got ", logits.shape());
  Tensor rows = make({logits.extent(0)}, logits), gx = make_like(logits), loss = make({1}, logits);
  kernel(stream_for(logits), logits.view<float, 2>(), targets.view<float, 2>(), rows.view<float, 1>(),
         gx.view<float, 2>());
  kernels_of(logits).mean_forward(stream_for(logits), rows.view<float, 1>(), loss.view<float, 1>());
  return record({op}, loss, {logits}, [gx](const Tensor& gy) -> Gradients {
    kernels_of(gy).scale(stream_for(gy), gx.view<float, 1>(), gy.view<float, 1>(), 1.0f, gx.view<float, 1>());
    return {gx};
  });
}

}  // namespace

Tensor softmax(const Tensor& x) {
  check_float("softmax", "x", x);
  check(x.extent(-1) >= 1, "softmax: the last axis must not be empty, got ", x.shape());
  Tensor y = make_like(x);
  kernels_of(x).softmax_forward(stream_for(x), x.rows(), y.rows());
  return record({"softmax"}, y, {x}, [y](const Tensor& gy) -> Gradients {
    Tensor gx = make_like(gy);
    kernels_of(gy).softmax_backward(stream_for(gy), y.rows(), gy.rows(), gx.rows());
    return {gx};
  });
}

Tensor one_hot(const Tensor& labels, Index classes, float smoothing) {
  check(labels.defined() && labels.dtype() == DType::i32 && labels.shape().rank() == 1,
        "one_hot: labels must be int32 [M]");
  check(classes >= 1, "one_hot: at least one class, got ", classes);
  check(smoothing >= 0 && smoothing < 1, "one_hot: smoothing must be in [0, 1), got ", smoothing);
  if (labels.device() != Device::cuda)
    for (std::int32_t label : labels.span<std::int32_t>())
      check(label < classes, "one_hot: label ", label, " is not below ", classes);
  Tensor targets(Shape{labels.extent(0), classes}, DType::f32, labels.device());
  kernels_of(labels).one_hot(stream_for(labels), labels.view<const std::int32_t, 1>(), targets.view<float, 2>(),
                             smoothing);
  return targets;
}

Tensor softmax_cross_entropy(const Tensor& logits, const Tensor& targets) {
  check_float("softmax_cross_entropy", "logits", logits);
  return mean_loss("softmax_cross_entropy", kernels_of(logits).softmax_cross_entropy, logits, targets);
}

Tensor squared_hinge(const Tensor& logits, const Tensor& targets) {
  check_float("squared_hinge", "logits", logits);
  return mean_loss("squared_hinge", kernels_of(logits).squared_hinge, logits, targets);
}

}  // namespace mueca
