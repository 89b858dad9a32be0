// The gradient of a convolution's filter: gw [R S C, K] = patches(x)^T gy [N P Q, K], its sum over all pixels cut into
// pieces that run side by side and are added in order.
#include "kernels/cuda/linear.cuh"

namespace mueca::MUECA_CUDA {

void run(Stream& stream, Algorithm algorithm, const ConvWeights& p) { run_product(stream, algorithm, p); }

void conv2d_backward_weights(Stream& stream, In<4> x, In<4> gy, Out<4> gw, Conv2d g) {
  const ConvShape d = conv_shape(x, gw, gy, g);
  const Algorithm algorithm = algorithm_for(Pass::backward_weights, d);
  const std::int64_t pixels = d.n * d.p * d.q;
  const Target to = target(gw.data, d.r * d.s * d.c, d.k);
  if (algorithm == Algorithm::stem) return stem_backward_weights(stream, patches_of(x.data, d), gy.data, to);
  if (algorithm == Algorithm::wgmma) return wgmma_backward_weights(stream, d, x.data, gy.data, to);
  const Matrix b(gy.data, pixels, d.k);
  if (is_1x1(d)) return run(stream, algorithm, DenseWeights{{x.data, pixels, d.c}, b, static_cast<int>(pixels), 0, to});
  run(stream, algorithm, ConvWeights{patches_of(x.data, d), b, static_cast<int>(pixels), 0, to});
}

}  // namespace mueca::MUECA_CUDA
