// The public differentiable operations. Activations are [N, H, W, C], filters [R, S, C, K]. Each op checks its shapes
// (Error names op, argument, expectation and what came), makes its output, calls the device's kernel and records its
// backward. Source of the formulas: the paper named beside the op; otherwise the definition is the line itself.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "core/kernel_args.h"
#include "core/tensor.h"

namespace mueca {

// Padding that makes P = ceil(H / stride), as Keras pads "same": the odd pixel goes to the bottom and right.
Padding same_padding(Index height, Index width, Index filter_rows, Index filter_columns, int stride);
// Keras' correct_pad before a "valid" stride-2 convolution in MobileNetV2: one pixel less on top and left for even
// sizes.
Padding keras_stride2_padding(Index height, Index width, Index filter);

// y[n,p,q,k] = b[k] + sum_{r,s,c} x[n, p*stride+r-top, q*stride+s-left, c] * w[r,s,c,k]; b may be absent.
Tensor conv2d(const Tensor& x, const Tensor& w, const Tensor& b, Conv2d geometry);
// The same with one filter per channel: w [R, S, C].
Tensor depthwise_conv2d(const Tensor& x, const Tensor& w, const Tensor& b, Conv2d geometry);
// y = x w + b over the last axis; x [..., C], w [C, K], b [K] or absent.
Tensor dense(const Tensor& x, const Tensor& w, const Tensor& b);

// act(gamma (x - mean) / sqrt(variance + eps) + beta + residual) over all but the last axis (Ioffe & Szegedy 2015).
// training: statistics of the batch; then moving += (1 - momentum) * (batch - moving), biased variance, as Keras does.
// Otherwise the moving statistics are used as they are. `residual` may be absent.
struct BatchNormState {
  Tensor moving_mean, moving_variance;  // [C], updated in place by training calls
  float momentum = 0.99f;
};
Tensor batch_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, const BatchNormState& state, BatchNorm how,
                  bool training, const Tensor& residual = {});

Tensor activation(const Tensor& x, Activation kind);  // relu, relu6, sigmoid, swish = x sigmoid(x)
inline Tensor relu(const Tensor& x) { return activation(x, Activation::relu); }
inline Tensor relu6(const Tensor& x) { return activation(x, Activation::relu6); }
inline Tensor sigmoid(const Tensor& x) { return activation(x, Activation::sigmoid); }
inline Tensor swish(const Tensor& x) { return activation(x, Activation::swish); }

Tensor max_pool(const Tensor& x, Pool2d window);
Tensor avg_pool(const Tensor& x, Pool2d window);
Tensor global_avg_pool(const Tensor& x);  // [N, H, W, C] -> [N, C]
Tensor add(const Tensor& a, const Tensor& b);
// x * sigmoid(relu(mean_hw(x) w1 + b1) w2 + b2); w1 [C, D], w2 [D, C] (Hu et al. 2018).
Tensor squeeze_excite(const Tensor& x, const Tensor& w1, const Tensor& b1, const Tensor& w2, const Tensor& b2);
// Gated recurrent units over frames, as Keras' GRU with reset_after (Cho et al. 2014): p = x w + b[0], q = h u + b[1],
// each three blocks z r c; z = sigmoid(p + q), r alike, c = tanh(p_c + r q_c), h = z h + (1 - z) c.
// x [N, T, C], w [C, 3H], u [H, 3H], b [2, 3H], h0 [N, H] or absent (zeros) -> h of every frame [N, T, H].
Tensor gru(const Tensor& x, const Tensor& w, const Tensor& u, const Tensor& b, const Tensor& h0 = {});
// Identity when how.rate == 0; otherwise drawn anew for each step of `numbers`, a StepNumbers (core/records.h).
Tensor dropout(const Tensor& x, Dropout how, const Tensor& numbers);
Tensor softmax(const Tensor& x);                            // over the last axis
Tensor concat(const std::vector<Tensor>& parts);            // along the last axis
Tensor columns(const Tensor& x, Index begin, Index count);  // x[..., begin : begin + count]
Tensor reshape(const Tensor& x, Shape shape);
Tensor flatten(const Tensor& x);                                     // [N, ...] -> [N, rest]
Tensor resize_bilinear(const Tensor& x, Index height, Index width);  // half-pixel centres, as Keras, PyTorch, OpenCV

Tensor cast(const Tensor& x, DType dtype);  // float32 <-> bfloat16; x itself where it is stored so. Not on the CPU

// For inference; nothing is recorded. act(conv2d(x, w) + b + residual) with w packed once by conv2d_pack for images of
// height x width (other sizes stay right, perhaps slower); b and residual may be absent, act is none, relu or relu6.
Tensor conv2d_pack(const Tensor& w, Conv2d geometry, Index height, Index width);
Tensor conv2d_packed(const Tensor& x, const Tensor& w, const Tensor& b, const Tensor& packed, Conv2d geometry,
                     Activation activation, const Tensor& residual = {});
Tensor depthwise_fused(const Tensor& x, const Tensor& w, const Tensor& b, Conv2d geometry, Activation activation);

// Targets [M, K] from labels (int32 [M]); smoothing e: (1 - e) on the label, e / K everywhere (Szegedy et al. 2016).
Tensor one_hot(const Tensor& labels, Index classes, float smoothing = 0);
// Mean over rows of -sum_k t log softmax(x); targets [M, K] hard or soft, not differentiated. Result [1].
Tensor softmax_cross_entropy(const Tensor& logits, const Tensor& targets);
// Mean over rows of sum_k max(0, 1 - s x)^2 with s = +1 on the target class, -1 elsewhere (Tang 2013). Result [1].
Tensor squared_hinge(const Tensor& logits, const Tensor& targets);

// Images from a uint8 pack [T, H, W] as samples say (core/kernel_args.h), value * scale + shift, [N, height, width,
// channels] with the gray value repeated. Not differentiable. Samples on the device (core/records.h) are taken as they
// are; those on the host are checked first and copied there.
Tensor augment(const Tensor& images, const Tensor& samples, Index height, Index width, Index channels, float scale,
               float shift);
Tensor augment(const Tensor& images, std::span<const AugmentSample> samples, Index height, Index width, Index channels,
               float scale, float shift);
// Throws Error unless the samples name images in [0, `images`) and mix in [0, 1].
void check_samples(std::span<const AugmentSample> samples, Index images);

}  // namespace mueca
