// The gradient of a convolution's filter: gw [R S C, K] = patches(x)^T gy [N P Q, K], its sum over all pixels cut into
// pieces that run side by side and are added in order.
#include "kernels/cuda/linear.cuh"

namespace mueca::MUECA_CUDA {
namespace {

template <class S>
void backward_weights(Stream& stream, View<const S, 4> x, View<const S, 4> gy, Out<4> gw, Conv2d g) {
  const ConvShape d = conv_shape(x, gw, gy, g);
  const Algorithm algorithm = algorithm_for(Pass::backward_weights, d, kNarrow<S>);
  const std::int64_t pixels = d.n * d.p * d.q;
  const Target<float> to = target(gw.data, d.r * d.s * d.c, d.k);
  if (algorithm == Algorithm::stem) return stem_backward_weights(stream, patches_of(x.data, d), gy.data, to);
  if (algorithm == Algorithm::wgmma) return wgmma_backward_weights(stream, d, x.data, gy.data, to);
  const Matrix<S> b(gy.data, pixels, d.k);
  const auto depth = static_cast<int>(pixels);
  if (is_1x1(d)) return run_dense(stream, algorithm, DenseWeights<S>{{x.data, pixels, d.c}, b, depth, 0, to});
  run_product(stream, algorithm, ConvWeights<S>{patches_of(x.data, d), b, depth, 0, to});
}

}  // namespace

void conv2d_backward_weights(Stream& stream, In<4> x, In<4> gy, Out<4> gw, Conv2d g) {
  backward_weights(stream, x, gy, gw, g);
}
void conv2d_backward_weights(Stream& stream, View<const bf16, 4> x, View<const bf16, 4> gy, Out<4> gw, Conv2d g) {
  backward_weights(stream, x, gy, gw, g);
}

}  // namespace mueca::MUECA_CUDA
