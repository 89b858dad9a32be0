// The products of linear maps by their operands, and the way from a product to launches. A convolution multiplies
// patches that are never stored; 1x1 and fully connected layers multiply what is there, without index arithmetic.
#pragma once
#include <algorithm>

#include "core/memory.h"
#include "kernels/cuda/algorithms.h"
#include "kernels/cuda/product_mma.cuh"

namespace mueca::MUECA_CUDA {

// By what activations are stored as, S, and what the filter is read as, W: see with_filter.
template <class S, class W>
using DenseForward = Product<Matrix<S>, true, Matrix<W>, false, S>;  // y[M, K] = x[M, C] w[C, K]
template <class S, class W>
using DenseData = Product<Matrix<S>, true, Matrix<W>, true, S>;  // gx[M, C] = gy[M, K] w[C, K]^T
template <class S>
using DenseWeights = Product<Matrix<S>, false, Matrix<S>, false, float>;  // gw[C, K] = x[M, C]^T gy[M, K]
template <class S, class W>
using ConvForward = Product<Patches<S>, true, Matrix<W>, false, S>;  // y[N P Q, K] = patches(x) w[R S C, K]
template <class S, class W>
using ConvData = Product<Patches<S>, true, Turned<W>, true, S>;  // gx[N H W, C] = patches(gy) turned(w)^T
template <class S>
using ConvWeights = Product<Patches<S>, false, Matrix<S>, false, float>;  // gw[R S C, K] = patches(x)^T gy[N P Q, K]

// The products of matrices, whose kernels are in matmul.cu.
template <class P>
void run_dense(Stream& stream, Algorithm algorithm, const P& p);

// y = the sums of to.partial over `splits`, finished; a fixed order, no atomics (split_sum.cu).
template <class S>
void sum_splits(Stream& stream, const Target<S>& to, int splits);

// Convolutions of few input channels, without products of tiles (conv2d_stem.cu).
template <class S>
void stem_forward(Stream& stream, const Patches<S>& x, const float* w, const Target<S>& to);
template <class S>
void stem_backward_weights(Stream& stream, const Patches<S>& x, const S* gy, Target<float> to);

// Convolutions that keep the image's size, where wgmma_fits (algorithms.h), by Hopper's wgmma (conv2d_wgmma.cu).
void wgmma_forward(Stream& stream, const ConvShape& d, const float* x, const float* w, const Target<float>& to);
void wgmma_forward(Stream& stream, const ConvShape& d, const bf16* x, const float* w, const Target<bf16>& to);
void wgmma_backward_data(Stream& stream, const ConvShape& d, const float* gy, const float* w, const Target<float>& to);
void wgmma_backward_data(Stream& stream, const ConvShape& d, const bf16* gy, const float* w, const Target<bf16>& to);
void wgmma_backward_weights(Stream& stream, const ConvShape& d, const float* x, const float* gy, Target<float> to);
void wgmma_backward_weights(Stream& stream, const ConvShape& d, const bf16* x, const bf16* gy, Target<float> to);

// The window [R S C] of each output pixel of a convolution. Throws Error where 31 bits cannot number the pixels.
template <class S>
Patches<S> patches_of(const S* x, const ConvShape& d);
inline bool is_1x1(const ConvShape& d) {
  return d.r == 1 && d.s == 1 && d.stride == 1 && d.p == d.h && d.q == d.w && d.top == 0 && d.left == 0;
}

// All of y [rows, columns], finished with bias, residual and activation.
template <class S>
Target<S> target(S* y, std::int64_t rows, std::int64_t columns, const float* bias = nullptr,
                 const S* residual = nullptr, Activation a = Activation::none) {
  Target<S> to;
  to.y = y, to.bias = bias, to.residual = residual, to.activation = a;
  to.rows = static_cast<int>(rows), to.columns = static_cast<int>(columns), to.size = rows * columns;
  if constexpr (kNarrow<S>)
    for (const int width : {2, 4})
      if (columns % width == 0 && aligned(width, y, residual)) to.together = width;
  return to;
}

inline unsigned blocks(std::int64_t n, std::int64_t each) { return static_cast<unsigned>((n + each - 1) / each); }

// Pieces of the depth: as many as fill three blocks on each of 132 multiprocessors, of 256 products at least; by shape
// alone, so that the order of a sum is the same on every device.
inline int splits_for(std::int64_t tiles, int depth) {
  return static_cast<int>(std::max<std::int64_t>(1, std::min<std::int64_t>(396 / tiles, depth / 256)));
}

// body(w) with w [lines, columns] as `algorithm` multiplies it in a product of so many rows: as it is, but for tensor
// cores beside activations in bfloat16, where many rows would each round it again (rounds_inside): rounded once.
template <class S, class Body>
void with_filter(Stream& stream, Algorithm algorithm, std::int64_t rows, const Matrix<float>& w, const Body& body) {
  const std::int64_t size = std::int64_t{w.lines} * w.columns;
  if constexpr (kNarrow<S>)
    if (algorithm == Algorithm::bf16 && !rounds_inside(rows, size)) {
      const Buffer scratch(stream.device, static_cast<std::size_t>(size) * sizeof(bf16));
      auto* const rounded = static_cast<bf16*>(scratch.data());
      narrow(stream, {w.data, {size}}, {rounded, {size}});
      return body(Matrix<bf16>(rounded, w.lines, w.columns));
    }
  body(w);
}

template <class P>
void run_product(Stream& stream, Algorithm algorithm, P p) {
  using S = typename P::A::Element;
  // A filter that was rounded is for tensor cores alone.
  constexpr bool kRounded = kNarrow<typename P::B::Element> && kNarrow<typename P::Y>;
  if (p.to.size == 0 || p.to.rows == 0) return;
  p.part = p.depth;
  if constexpr (!kRounded)
    if (algorithm == Algorithm::naive)
      return launch<product_naive<P>>(stream, dim3(blocks(std::int64_t{p.to.rows} * p.to.columns, kNaiveThreads)),
                                      dim3(kNaiveThreads), std::size_t{0}, p);
  const bool mma = algorithm != Algorithm::tiled;
  const unsigned tiles = mma ? blocks(p.to.rows, kMmaRows) * blocks(p.to.columns, kMmaColumns)
                             : blocks(p.to.rows, kTile) * blocks(p.to.columns, kTile);
  const int splits = p.to.stride > 1 ? 1 : splits_for(tiles, p.depth);
  // Scratch of the stream's device: its pool may hand it out again at once, in the stream's order.
  const Buffer scratch(stream.device, splits > 1 ? static_cast<std::size_t>(splits * p.to.size) * sizeof(float) : 0);
  if (splits > 1) {
    p.part = static_cast<int>(blocks(blocks(p.depth, splits), kMmaDepth<S>)) * kMmaDepth<S>;
    p.to.partial = static_cast<float*>(scratch.data());
  }
  const dim3 grid(tiles, 1, static_cast<unsigned>(splits));
  switch (algorithm) {
    case Algorithm::tf32x3:
      if constexpr (!kNarrow<S>) launch<product_mma<P, Mma::tf32x3>>(stream, grid, dim3(kMmaThreads), kMmaShared, p);
      break;
    case Algorithm::tf32:
      if constexpr (!kNarrow<S>) launch<product_mma<P, Mma::tf32>>(stream, grid, dim3(kMmaThreads), kMmaShared, p);
      break;
    case Algorithm::bf16:
      launch<product_mma<P, Mma::bf16>>(stream, grid, dim3(kMmaThreads), kMmaShared, p);
      break;
    default:
      if constexpr (!kRounded) launch<product_tiled<P>>(stream, grid, dim3(kTileThreads), std::size_t{0}, p);
  }
  if (splits > 1) sum_splits(stream, p.to, splits);
}

}  // namespace mueca::MUECA_CUDA
