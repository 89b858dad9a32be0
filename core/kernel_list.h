// The one list of kernels: name, signature, shapes. It generates the declarations for every device, each device's
// dispatch table, and the names that the coverage test walks. A kernel that a device lacks is a link error that prints
// its signature. Act views are activations and their gradients, float32 or (on CUDA's devices) bfloat16; In and Out are
// float32 always. Letters: N batch, H W input, P Q output, C K channels in and out, R S filter, M rows, n elements.
// Kernels own and allocate no tensors, overwrite their outputs (gx, gw ... too) and read nothing they write, except
// where the comment says `in place`. Activations are NHWC, filters RSCK. A view in [brackets]? may be empty.
#pragma once
#include <string_view>

#include "core/bf16.h"
#include "core/device.h"
#include "core/kernel_args.h"
#include "core/view.h"

namespace mueca {

template <int Rank>
using In = View<const float, Rank>;
template <int Rank>
using Out = View<float, Rank>;
using Labels = View<const std::int32_t, 1>;
using Images = View<const std::uint8_t, 3>;
using Samples = View<const AugmentSample, 1>;
using Numbers = View<const StepNumbers, 1>;

// clang-format off
#define MUECA_KERNEL_LIST(X) \
  /* linear maps */ \
  X(conv2d_forward,             void(Stream&, ActIn<4>, In<4>, In<1>, ActOut<4>, Conv2d))                  /* x[N,H,W,C] w[R,S,C,K] [b[K]]? -> y[N,P,Q,K] */ \
  X(conv2d_backward_data,       void(Stream&, ActIn<4>, In<4>, ActOut<4>, Conv2d))                         /* gy[N,P,Q,K] w[R,S,C,K] -> gx[N,H,W,C] */ \
  X(conv2d_backward_weights,    void(Stream&, ActIn<4>, ActIn<4>, Out<4>, Conv2d))                         /* x[N,H,W,C] gy[N,P,Q,K] -> gw[R,S,C,K] */ \
  X(depthwise_forward,          void(Stream&, ActIn<4>, In<3>, In<1>, ActOut<4>, Conv2d))                  /* x[N,H,W,C] w[R,S,C] [b[C]]? -> y[N,P,Q,C] */ \
  X(depthwise_backward_data,    void(Stream&, ActIn<4>, In<3>, ActOut<4>, Conv2d))                         /* gy[N,P,Q,C] w[R,S,C] -> gx[N,H,W,C] */ \
  X(depthwise_backward_weights, void(Stream&, ActIn<4>, ActIn<4>, Out<3>, Conv2d))                         /* x[N,H,W,C] gy[N,P,Q,C] -> gw[R,S,C] */ \
  /* inference alone: no gradient, the filter packed once (room: packed_filter_size), y = act(sum + b + residual), act none, relu or relu6 */ \
  X(conv2d_pack,                void(Stream&, In<4>, Out<1>, Conv2d, std::int64_t, std::int64_t))    /* w[R,S,C,K], for images of H x W -> packed[n] */ \
  X(conv2d_packed_forward,      void(Stream&, ActIn<4>, In<4>, In<1>, In<1>, ActIn<4>, ActOut<4>, Conv2d, Activation)) /* x[N,H,W,C] w[R,S,C,K] [b[K]]? packed[n] [residual[N,P,Q,K]]? -> y[N,P,Q,K] */ \
  X(depthwise_fused_forward,    void(Stream&, ActIn<4>, In<3>, In<1>, ActOut<4>, Conv2d, Activation))      /* x[N,H,W,C] w[R,S,C] [b[C]]? -> y[N,P,Q,C] */ \
  X(dense_forward,              void(Stream&, ActIn<2>, In<2>, In<1>, ActOut<2>))                          /* x[M,C] w[C,K] [b[K]]? -> y[M,K] */ \
  X(dense_backward_data,        void(Stream&, ActIn<2>, In<2>, ActOut<2>))                                 /* gy[M,K] w[C,K] -> gx[M,C] */ \
  X(dense_backward_weights,     void(Stream&, ActIn<2>, ActIn<2>, Out<2>))                                 /* x[M,C] gy[M,K] -> gw[C,K] */ \
  X(bias_backward,              void(Stream&, ActIn<2>, Out<1>))                                        /* gy[M,K] -> gb[K], the column sums */ \
  /* normalisation: y = act((x - mean) / sqrt(variance + eps) * gamma + beta + residual); variance is biased, over M */ \
  X(batch_norm_forward,            void(Stream&, ActIn<2>, In<1>, In<1>, ActIn<2>, ActOut<2>, Out<1>, Out<1>, Out<1>, Out<1>, float, BatchNorm))          /* x[M,C] gamma beta [residual[M,C]]? momentum -> y mean[C] variance[C]; [moving_mean[C]]? [moving_variance[C]]? in place: moving += (1 - momentum) * (batch - moving) */ \
  X(batch_norm_backward,           void(Stream&, ActIn<2>, ActIn<2>, ActIn<2>, In<1>, In<1>, In<1>, ActOut<2>, Out<1>, Out<1>, ActOut<2>, BatchNorm))   /* x y gy[M,C] gamma mean variance -> gx ggamma gbeta [gresidual]? */ \
  X(batch_norm_inference_forward,  void(Stream&, ActIn<2>, In<1>, In<1>, In<1>, In<1>, ActIn<2>, ActOut<2>, BatchNorm))                           /* x[M,C] gamma beta mean variance [residual]? -> y */ \
  X(batch_norm_inference_backward, void(Stream&, ActIn<2>, ActIn<2>, ActIn<2>, In<1>, In<1>, In<1>, ActOut<2>, Out<1>, Out<1>, ActOut<2>, BatchNorm))   /* x y gy gamma mean variance -> [gx]? ggamma gbeta [gresidual]? */ \
  /* pointwise, pooling, attention, recurrence */ \
  X(activation_forward,         void(Stream&, ActIn<1>, ActOut<1>, Activation))                            /* x[n] -> y[n] */ \
  X(activation_backward,        void(Stream&, ActIn<1>, ActIn<1>, ActIn<1>, ActOut<1>, Activation))              /* x y gy[n] -> gx[n] */ \
  X(add_forward,                void(Stream&, ActIn<1>, ActIn<1>, ActOut<1>))                                 /* a[n] b[n] -> y[n] */ \
  X(dropout_forward,            void(Stream&, ActIn<1>, Numbers, ActOut<1>, Dropout))                      /* x[n] numbers[1] -> y[n]; its own backward, with gy for x */ \
  X(max_pool_forward,           void(Stream&, ActIn<4>, ActOut<4>, Pool2d))                                /* x[N,H,W,C] -> y[N,P,Q,C] */ \
  X(max_pool_backward,          void(Stream&, ActIn<4>, ActIn<4>, ActIn<4>, ActOut<4>, Pool2d))                  /* x y gy -> gx; a tie goes to the first in row-major order */ \
  X(avg_pool_forward,           void(Stream&, ActIn<4>, ActOut<4>, Pool2d))                                /* x[N,H,W,C] -> y[N,P,Q,C] */ \
  X(avg_pool_backward,          void(Stream&, ActIn<4>, ActOut<4>, Pool2d))                                /* gy[N,P,Q,C] -> gx[N,H,W,C] */ \
  X(global_avg_pool_forward,    void(Stream&, ActIn<3>, ActOut<2>))                                        /* x[N,HW,C] -> y[N,C] */ \
  X(global_avg_pool_backward,   void(Stream&, ActIn<2>, ActOut<3>))                                        /* gy[N,C] -> gx[N,HW,C] */ \
  X(squeeze_excite_forward,     void(Stream&, ActIn<3>, In<2>, In<1>, In<2>, In<1>, ActOut<3>, Out<2>, Out<2>, Out<2>))                                  /* x[N,HW,C] w1[C,D] b1[D] w2[D,C] b2[C] -> y mean[N,C] hidden[N,D] scale[N,C] */ \
  X(squeeze_excite_backward,    void(Stream&, ActIn<3>, In<2>, In<2>, In<2>, In<2>, In<2>, ActIn<3>, ActOut<3>, Out<2>, Out<1>, Out<2>, Out<1>))            /* x w1 w2 mean hidden scale gy -> gx gw1 gb1 gw2 gb2 */ \
  X(gru_forward,                void(Stream&, In<3>, In<2>, In<1>, In<2>, Out<3>, Out<3>))                                         /* p[N,T,3H] w[H,3H] b[3H] [h0[N,H]]? -> h[N,T,H] kept[N,T,4H]; see gru in core/ops.h */ \
  X(gru_backward,               void(Stream&, In<2>, In<2>, In<3>, In<3>, In<3>, Out<3>, Out<3>, Out<2>))                          /* w [h0]? h kept gh[N,T,H] -> gp[N,T,3H] gq[N,T,3H] gh0[N,H], q = h w + b */ \
  X(copy_columns,               void(Stream&, ActIn<2>, std::int64_t, ActOut<2>, std::int64_t, std::int64_t)) /* y[M, y0 : y0+count] = x[M, x0 : x0+count]: (x, x0, y, y0, count); rest of y untouched */ \
  X(resize_bilinear_forward,    void(Stream&, ActIn<4>, ActOut<4>))                                        /* x[N,H,W,C] -> y[N,P,Q,C], half-pixel centres, edges clamped */ \
  X(resize_bilinear_backward,   void(Stream&, ActIn<4>, ActOut<4>))                                        /* gy[N,P,Q,C] -> gx[N,H,W,C] */ \
  X(narrow,                     void(Stream&, In<1>, ActOut<1>))                                     /* x[n] float32 -> y[n] as activations are stored: where a network begins */ \
  X(widen,                      void(Stream&, ActIn<1>, Out<1>))                                     /* x[n] as stored -> y[n] float32: where it ends */ \
  /* losses */ \
  X(softmax_forward,            void(Stream&, In<2>, Out<2>))                                        /* x[M,K] -> y[M,K], rows sum to 1 */ \
  X(softmax_backward,           void(Stream&, In<2>, In<2>, Out<2>))                                 /* y gy[M,K] -> gx[M,K] */ \
  X(one_hot,                    void(Stream&, Labels, Out<2>, float))                                /* label[M], smoothing -> t[M,K]: (1 - smoothing) * hot + smoothing / K; label < 0: a row of zeros */ \
  X(softmax_cross_entropy,      void(Stream&, In<2>, In<2>, Out<1>, Out<2>))                         /* x t[M,K] -> loss[M] = -sum t log softmax(x), gx = (softmax(x) * sum t - t) / M */ \
  X(squared_hinge,              void(Stream&, In<2>, In<2>, Out<1>, Out<2>))                         /* x t[M,K] -> loss[M] = sum max(0, 1 - s x)^2, s = t > 0.5 ? 1 : -1; gx of the mean */ \
  X(mean_forward,               void(Stream&, In<1>, Out<1>))                                        /* x[n] -> y[1], summed in double in a fixed order */ \
  X(sum_of_squares,             void(Stream&, In<1>, Out<1>))                                        /* x[n] -> y[1], summed in double in a fixed order */ \
  X(count_correct,              void(Stream&, In<2>, In<2>, Out<1>))                                 /* x t[M,K] -> y[1], the rows whose largest x and largest t are in one column; the first of equals counts */ \
  /* maps of data: q_ij = 1 / (1 + |a_i - a_j|^2), points a[2,N]: all x, then all y */ \
  X(tsne_attraction,            void(Stream&, In<2>, In<1>, Labels, Labels, Out<2>))                 /* a p[E] column[E] start[N+1], rows of whole 16s -> pull[2,N] = sum_e p_e q_ij (a_i - a_j) */ \
  X(tsne_repulsion,             void(Stream&, In<2>, Out<2>, Out<1>))                                /* a -> push[2,N] = sum_j q_ij^2 (a_i - a_j), z[N] = sum_{j != i} q_ij */ \
  /* data, optimizers, plain vectors */ \
  X(augment,                    void(Stream&, Images, Samples, Out<4>, float, float))                /* images[T,H,W] sample[N], scale, shift -> y[N,P,Q,C] = v * scale + shift, the gray value in every channel */ \
  X(fill,                       void(Stream&, ActOut<1>, float))                                        /* y[n] = value */ \
  X(gather,                     void(Stream&, Pieces, Out<1>))                                       /* pieces -> y[n], what is between them untouched */ \
  X(scale,                      void(Stream&, In<1>, In<1>, float, Out<1>))                          /* x[n] s[1] factor -> y[n] = x * s * factor; y may be x */ \
  X(lerp,                       void(Stream&, In<1>, In<1>, float, Out<1>))                          /* x[n] [s[1]]? factor, in place: y[n] += t * (x[n] - y[n]), t = s * factor; weight averages */ \
  X(clip_factor,                void(Stream&, In<1>, float, Out<1>))                                 /* square[1], most -> y[2]: norm = sqrt(square), and most / norm where most > 0 and most < norm < inf, else 1 */ \
  X(sgd_step,                   void(Stream&, Out<1>, In<1>, Out<1>, Numbers, SgdStep))              /* in place: p[n], g[n], v[n], numbers[1] */ \
  X(adam_step,                  void(Stream&, Out<1>, In<1>, Out<1>, Out<1>, Numbers, AdamStep))     /* in place: p[n], g[n], m[n], v[n], numbers[1] */
// clang-format on

// How the activations of a signature are seen, by what they are stored as: a View, or for S = Any (core/kernels.h) one
// that says so itself.
template <class S>
struct StoredAs {
  template <int Rank>
  using In = View<const S, Rank>;
  template <int Rank>
  using Out = View<S, Rank>;
};

template <class S>
struct Signatures {
  template <int Rank>
  using ActIn = typename StoredAs<S>::template In<Rank>;
  template <int Rank>
  using ActOut = typename StoredAs<S>::template Out<Rank>;
#define MUECA_SIGNATURE(name, ...) using name = __VA_ARGS__;
  MUECA_KERNEL_LIST(MUECA_SIGNATURE)
#undef MUECA_SIGNATURE
};

// The CPU computes in float32. CUDA's kernels with activations exist twice.
#define MUECA_DECLARE(name, ...) Signatures<float>::name name;
#define MUECA_DECLARE_BF16(name, ...) Signatures<bf16>::name name;
namespace cpu {
MUECA_KERNEL_LIST(MUECA_DECLARE)
}
namespace cuda {
MUECA_KERNEL_LIST(MUECA_DECLARE)
MUECA_KERNEL_LIST(MUECA_DECLARE_BF16)
}  // namespace cuda
namespace emulated {
MUECA_KERNEL_LIST(MUECA_DECLARE)
MUECA_KERNEL_LIST(MUECA_DECLARE_BF16)
}  // namespace emulated
#undef MUECA_DECLARE
#undef MUECA_DECLARE_BF16

#define MUECA_NAME(name, ...) #name,
inline constexpr std::string_view kKernelNames[] = {MUECA_KERNEL_LIST(MUECA_NAME)};
#undef MUECA_NAME

}  // namespace mueca
