// batch_norm with its activation and residual sum, in training and inference.
#include "core/ops/op.h"

namespace mueca {
namespace {

using InferenceOrTraining = Calls::batch_norm_backward*;  // both backward kernels have one signature

// gx, ggamma, gbeta, none for the statistics, gresidual by either kernel. `y` carries the activation's mask.
Gradients batch_norm_gradients(InferenceOrTraining kernel, const Tensor& x, const Tensor& y, const Tensor& gy,
                               const Tensor& gamma, const Tensor& mean, const Tensor& variance, BatchNorm how,
                               bool wants_residual) {
  Tensor gx = make_like(x), ggamma = make_like(gamma), gbeta = make_like(gamma);
  // Without an activation the residual's gradient is gy itself: no pass over memory for it.
  Tensor gresidual = make_if(wants_residual && how.activation != Activation::none, x.shape(), gy);
  kernel(stream_for(gy), x.rows(), y.rows(), gy.rows(), gamma.view<float, 1>(), mean.view<float, 1>(),
         variance.view<float, 1>(), gx.rows(), ggamma.view<float, 1>(), gbeta.view<float, 1>(), gresidual.rows(), how);
  return {gx, ggamma, gbeta, {}, {}, wants_residual && !gresidual.defined() ? gy : gresidual};
}

}  // namespace

Tensor batch_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, const BatchNormState& state, BatchNorm how,
                  bool training, const Tensor& residual) {
  check_activations("batch_norm", "x", x);
  const Shape channels{x.extent(-1)};
  check_shape("batch_norm", "gamma", gamma, channels, "[C]");
  check_shape("batch_norm", "beta", beta, channels, "[C]");
  check_shape("batch_norm", "moving_mean", state.moving_mean, channels, "[C]");
  check_shape("batch_norm", "moving_variance", state.moving_variance, channels, "[C]");
  if (residual.defined()) check_like("batch_norm", "residual", residual, x, x.shape(), "the shape of x");
  check(how.activation == Activation::none || how.activation == Activation::relu || how.activation == Activation::relu6,
        "batch_norm: only none, relu and relu6 can be fused");
  check(how.epsilon >= 0, "batch_norm: epsilon must not be negative, got ", how.epsilon);
  check(!training || x.size() > 0, "batch_norm: training needs at least one row, got ", x.shape());

  const auto& k = kernels_of(x);
  Tensor y = make_like(x), mean = state.moving_mean, variance = state.moving_variance;
  if (training) {
    mean = make_float(channels, x), variance = make_float(channels, x);
    k.batch_norm_forward(stream_for(x), x.rows(), gamma.view<float, 1>(), beta.view<float, 1>(), residual.rows(),
                         y.rows(), mean.view<float, 1>(), variance.view<float, 1>(), state.moving_mean.view<float, 1>(),
                         state.moving_variance.view<float, 1>(), state.momentum, how);
  } else {
    k.batch_norm_inference_forward(stream_for(x), x.rows(), gamma.view<float, 1>(), beta.view<float, 1>(),
                                   mean.view<float, 1>(), variance.view<float, 1>(), residual.rows(), y.rows(), how);
  }
  const InferenceOrTraining kernel = training ? k.batch_norm_backward : k.batch_norm_inference_backward;
  // y is only read for the activation's mask; without one, x stands in for it and y need not be kept.
  const Tensor mask = how.activation == Activation::none ? x.detached() : y;
  return record({training ? "batch_norm in training" : "batch_norm", how}, y,
                {x, gamma, beta, mean, variance, residual},
                [kernel, x = x.detached(), y = mask, gamma = gamma.detached(), mean, variance, how,
                 wants_residual = wants_grad(residual)](const Tensor& gy) {
                  return batch_norm_gradients(kernel, x, y, gy, gamma, mean, variance, how, wants_residual);
                });
}

}  // namespace mueca
