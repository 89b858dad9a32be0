// Convolutions forward, in training and with a packed filter: y [N P Q, K] = patches(x) [N P Q, R S C] w [R S C, K].
#include "kernels/cuda/linear.cuh"

namespace mueca::MUECA_CUDA {
namespace {

// A packed filter is w with its rows filled up to whole 16-byte copies; the rest of a training pass stays as it is.
constexpr std::int64_t kHead = 16;  // floats of the packed array that stay free: the filter starts on a cache line
std::int64_t packed_row(std::int64_t k) { return (k + 3) / 4 * 4; }

// Thread: one element of the packed filter. 8 bytes per element: memory is the roof.
__global__ void __launch_bounds__(kNaiveThreads)
    pack_rows(const float* w, float* packed, std::int64_t size, int k, int row) {
  const std::int64_t at = std::int64_t{blockIdx.x} * kNaiveThreads + threadIdx.x;
  if (at >= size) return;
  const std::int64_t line = at / row;
  const int column = static_cast<int>(at % row);
  packed[at] = column < k ? w[line * k + column] : 0;
}

template <class S>
void forward(Stream& stream, const ConvShape& d, const S* x, const Matrix<float>& w, const Target<S>& to) {
  if (to.size == 0) return;
  const Algorithm algorithm = algorithm_for(Pass::forward, d, kNarrow<S>);
  const auto depth = static_cast<int>(d.r * d.s * d.c);
  if (algorithm == Algorithm::stem) return stem_forward(stream, patches_of(x, d), w.data, to);
  if (algorithm == Algorithm::wgmma) return wgmma_forward(stream, d, x, w.data, to);
  with_filter<S>(stream, algorithm, d.n * d.p * d.q, w, [&]<class W>(const Matrix<W>& filter) {
    if (is_1x1(d))
      return run_dense(stream, algorithm, DenseForward<S, W>{{x, d.n * d.h * d.w, d.c}, filter, depth, 0, to});
    run_product(stream, algorithm, ConvForward<S, W>{patches_of(x, d), filter, depth, 0, to});
  });
}

template <class S>
void train(Stream& stream, View<const S, 4> x, In<4> w, In<1> b, View<S, 4> y, Conv2d g) {
  const ConvShape d = conv_shape(x, w, y, g);
  forward(stream, d, x.data, {w.data, d.r * d.s * d.c, d.k}, target(y.data, d.n * d.p * d.q, d.k, b.data));
}

template <class S>
void infer(Stream& stream, View<const S, 4> x, In<4> w, In<1> b, In<1> packed, View<const S, 4> residual, View<S, 4> y,
           Conv2d g, Activation a) {
  const ConvShape d = conv_shape(x, w, y, g);
  forward(stream, d, x.data, {packed.data + kHead, d.r * d.s * d.c, packed_row(d.k)},
          target(y.data, d.n * d.p * d.q, d.k, b.data, residual.data, a));
}

}  // namespace

template <class S>
Patches<S> patches_of(const S* x, const ConvShape& d) {
  constexpr std::int64_t kMost = (std::int64_t{1} << 31) - 1024;  // a tile may stick out
  check(d.n * d.h * d.w < kMost && d.n * d.p * d.q < kMost && d.r * d.s * d.c < kMost && d.r * d.s * d.k < kMost,
        "conv2d: x [", d.n, ", ", d.h, ", ", d.w, ", ", d.c, "] has more pixels than 31 bits can number");
  Patches<S> a;
  a.data = x, a.lines = static_cast<int>(d.n * d.p * d.q), a.columns = static_cast<int>(d.r * d.s * d.c);
  a.vector = d.c % kWidest<S> == 0 && aligned16(x);
  a.height = static_cast<int>(d.h), a.width = static_cast<int>(d.w), a.channels = static_cast<int>(d.c);
  a.stride = static_cast<int>(d.stride), a.top = static_cast<int>(d.top), a.left = static_cast<int>(d.left);
  a.by_image = Divisor(d.p * d.q), a.by_row = Divisor(d.q), a.by_channels = Divisor(d.c), a.by_taps = Divisor(d.s);
  return a;
}
template Patches<float> patches_of(const float* x, const ConvShape& d);
template Patches<bf16> patches_of(const bf16* x, const ConvShape& d);

void conv2d_forward(Stream& stream, In<4> x, In<4> w, In<1> b, Out<4> y, Conv2d g) { train(stream, x, w, b, y, g); }
void conv2d_forward(Stream& stream, View<const bf16, 4> x, In<4> w, In<1> b, View<bf16, 4> y, Conv2d g) {
  train(stream, x, w, b, y, g);
}

void conv2d_pack(Stream& stream, In<4> w, Out<1> packed, Conv2d, std::int64_t, std::int64_t) {
  const std::int64_t k = w.extent[3], row = packed_row(k), size = w.extent[0] * w.extent[1] * w.extent[2] * row;
  if (size == 0) return;
  launch<pack_rows>(stream, dim3(blocks(size, kNaiveThreads)), dim3(kNaiveThreads), std::size_t{0}, w.data,
                    packed.data + kHead, size, static_cast<int>(k), static_cast<int>(row));
}

void conv2d_packed_forward(Stream& stream, In<4> x, In<4> w, In<1> b, In<1> packed, In<4> residual, Out<4> y, Conv2d g,
                           Activation a) {
  infer(stream, x, w, b, packed, residual, y, g, a);
}
void conv2d_packed_forward(Stream& stream, View<const bf16, 4> x, In<4> w, In<1> b, In<1> packed,
                           View<const bf16, 4> residual, View<bf16, 4> y, Conv2d g, Activation a) {
  infer(stream, x, w, b, packed, residual, y, g, a);
}

}  // namespace mueca::MUECA_CUDA
