// Fully connected layers, and the products of 1x1 convolutions.
#include "kernels/cuda/linear.cuh"

namespace mueca::MUECA_CUDA {
namespace {

ConvShape dense_shape(std::int64_t m, std::int64_t c, std::int64_t k) {
  return {m, 1, 1, c, 1, 1, k, 1, 1, 1, 0, 0, 0, 0};
}

template <class S>
void forward(Stream& stream, View<const S, 2> x, In<2> w, In<1> b, View<S, 2> y) {
  const std::int64_t m = y.extent[0], c = x.extent[1], k = y.extent[1];
  const Algorithm algorithm = algorithm_for(Pass::forward, dense_shape(m, c, k), kNarrow<S>);
  with_filter<S>(stream, algorithm, m, {w.data, c, k}, [&]<class W>(const Matrix<W>& filter) {
    run_dense(stream, algorithm,
              DenseForward<S, W>{{x.data, m, c}, filter, static_cast<int>(c), 0, target(y.data, m, k, b.data)});
  });
}

template <class S>
void backward_data(Stream& stream, View<const S, 2> gy, In<2> w, View<S, 2> gx) {
  const std::int64_t m = gx.extent[0], c = gx.extent[1], k = gy.extent[1];
  const Algorithm algorithm = algorithm_for(Pass::backward_data, dense_shape(m, c, k), kNarrow<S>);
  with_filter<S>(stream, algorithm, m, {w.data, c, k}, [&]<class W>(const Matrix<W>& filter) {
    run_dense(stream, algorithm,
              DenseData<S, W>{{gy.data, m, k}, filter, static_cast<int>(k), 0, target(gx.data, m, c)});
  });
}

template <class S>
void backward_weights(Stream& stream, View<const S, 2> x, View<const S, 2> gy, Out<2> gw) {
  const std::int64_t m = x.extent[0], c = gw.extent[0], k = gw.extent[1];
  run_dense(stream, algorithm_for(Pass::backward_weights, dense_shape(m, c, k), kNarrow<S>),
            DenseWeights<S>{{x.data, m, c}, {gy.data, m, k}, static_cast<int>(m), 0, target(gw.data, c, k)});
}

}  // namespace

template <class P>
void run_dense(Stream& stream, Algorithm algorithm, const P& p) {
  run_product(stream, algorithm, p);
}
template void run_dense(Stream&, Algorithm, const DenseForward<float, float>&);
template void run_dense(Stream&, Algorithm, const DenseForward<bf16, float>&);
template void run_dense(Stream&, Algorithm, const DenseForward<bf16, bf16>&);
template void run_dense(Stream&, Algorithm, const DenseData<float, float>&);
template void run_dense(Stream&, Algorithm, const DenseData<bf16, float>&);
template void run_dense(Stream&, Algorithm, const DenseData<bf16, bf16>&);
template void run_dense(Stream&, Algorithm, const DenseWeights<float>&);
template void run_dense(Stream&, Algorithm, const DenseWeights<bf16>&);

void dense_forward(Stream& stream, In<2> x, In<2> w, In<1> b, Out<2> y) { forward(stream, x, w, b, y); }
void dense_forward(Stream& stream, View<const bf16, 2> x, In<2> w, In<1> b, View<bf16, 2> y) {
  forward(stream, x, w, b, y);
}

void dense_backward_data(Stream& stream, In<2> gy, In<2> w, Out<2> gx) { backward_data(stream, gy, w, gx); }
void dense_backward_data(Stream& stream, View<const bf16, 2> gy, In<2> w, View<bf16, 2> gx) {
  backward_data(stream, gy, w, gx);
}

void dense_backward_weights(Stream& stream, In<2> x, In<2> gy, Out<2> gw) { backward_weights(stream, x, gy, gw); }
void dense_backward_weights(Stream& stream, View<const bf16, 2> x, View<const bf16, 2> gy, Out<2> gw) {
  backward_weights(stream, x, gy, gw);
}

}  // namespace mueca::MUECA_CUDA
