// Fully connected layers, and the products of 1x1 convolutions.
#include "kernels/cuda/linear.cuh"

namespace mueca::MUECA_CUDA {
namespace {

ConvShape dense_shape(std::int64_t m, std::int64_t c, std::int64_t k) {
  return {m, 1, 1, c, 1, 1, k, 1, 1, 1, 0, 0, 0, 0};
}

}  // namespace

void run(Stream& stream, Algorithm algorithm, const DenseForward& p) { run_product(stream, algorithm, p); }
void run(Stream& stream, Algorithm algorithm, const DenseData& p) { run_product(stream, algorithm, p); }
void run(Stream& stream, Algorithm algorithm, const DenseWeights& p) { run_product(stream, algorithm, p); }

void dense_forward(Stream& stream, In<2> x, In<2> w, In<1> b, Out<2> y) {
  const std::int64_t m = y.extent[0], c = x.extent[1], k = y.extent[1];
  run(stream, algorithm_for(Pass::forward, dense_shape(m, c, k)),
      DenseForward{{x.data, m, c}, {w.data, c, k}, static_cast<int>(c), 0, target(y.data, m, k, b.data)});
}

void dense_backward_data(Stream& stream, In<2> gy, In<2> w, Out<2> gx) {
  const std::int64_t m = gx.extent[0], c = gx.extent[1], k = gy.extent[1];
  run(stream, algorithm_for(Pass::backward_data, dense_shape(m, c, k)),
      DenseData{{gy.data, m, k}, {w.data, c, k}, static_cast<int>(k), 0, target(gx.data, m, c)});
}

void dense_backward_weights(Stream& stream, In<2> x, In<2> gy, Out<2> gw) {
  const std::int64_t m = x.extent[0], c = gw.extent[0], k = gw.extent[1];
  run(stream, algorithm_for(Pass::backward_weights, dense_shape(m, c, k)),
      DenseWeights{{x.data, m, c}, {gy.data, m, k}, static_cast<int>(m), 0, target(gw.data, c, k)});
}

}  // namespace mueca::MUECA_CUDA
