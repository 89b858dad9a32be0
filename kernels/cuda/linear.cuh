// The products of linear maps by their operands, and the way from a product to launches. A convolution multiplies
// patches that are never stored; 1x1 and fully connected layers multiply what is there, without index arithmetic.
#pragma once
#include <algorithm>

#include "core/memory.h"
#include "kernels/cuda/algorithms.h"
#include "kernels/cuda/product_mma.cuh"

namespace mueca::MUECA_CUDA {

using DenseForward = Product<Matrix, true, Matrix, false>;   // y[M, K] = x[M, C] w[C, K]
using DenseData = Product<Matrix, true, Matrix, true>;       // gx[M, C] = gy[M, K] w[C, K]^T
using DenseWeights = Product<Matrix, false, Matrix, false>;  // gw[C, K] = x[M, C]^T gy[M, K]
using ConvForward = Product<Patches, true, Matrix, false>;   // y[N P Q, K] = patches(x) w[R S C, K]
using ConvData = Product<Patches, true, Turned, true>;       // gx[N H W, C] = patches(gy) turned(w)^T
using ConvWeights = Product<Patches, false, Matrix, false>;  // gw[R S C, K] = patches(x)^T gy[N P Q, K]

// Each where its kernels are: matmul.cu, conv2d_forward.cu, conv2d_data.cu, conv2d_weights.cu.
void run(Stream& stream, Algorithm algorithm, const DenseForward& p);
void run(Stream& stream, Algorithm algorithm, const DenseData& p);
void run(Stream& stream, Algorithm algorithm, const DenseWeights& p);
void run(Stream& stream, Algorithm algorithm, const ConvForward& p);
void run(Stream& stream, Algorithm algorithm, const ConvData& p);
void run(Stream& stream, Algorithm algorithm, const ConvWeights& p);

// y = the sums of to.partial over `splits`, finished; a fixed order, no atomics (split_sum.cu).
void sum_splits(Stream& stream, const Target& to, int splits);

// Convolutions of few input channels, without products of tiles (conv2d_stem.cu).
void stem_forward(Stream& stream, const Patches& x, const float* w, const Target& to);
void stem_backward_weights(Stream& stream, const Patches& x, const float* gy, Target to);

// Convolutions that keep the image's size, where wgmma_fits (algorithms.h), by Hopper's wgmma (conv2d_wgmma.cu).
void wgmma_forward(Stream& stream, const ConvShape& d, const float* x, const float* w, const Target& to);
void wgmma_backward_data(Stream& stream, const ConvShape& d, const float* gy, const float* w, const Target& to);
void wgmma_backward_weights(Stream& stream, const ConvShape& d, const float* x, const float* gy, Target to);

// The window [R S C] of each output pixel of a convolution. Throws Error where 31 bits cannot number the pixels.
Patches patches_of(const float* x, const ConvShape& d);
inline bool is_1x1(const ConvShape& d) {
  return d.r == 1 && d.s == 1 && d.stride == 1 && d.p == d.h && d.q == d.w && d.top == 0 && d.left == 0;
}

// All of y [rows, columns], finished with bias, residual and activation.
inline Target target(float* y, std::int64_t rows, std::int64_t columns, const float* bias = nullptr,
                     const float* residual = nullptr, Activation a = Activation::none) {
  Target to;
  to.y = y, to.bias = bias, to.residual = residual, to.activation = a;
  to.rows = static_cast<int>(rows), to.columns = static_cast<int>(columns), to.size = rows * columns;
  return to;
}

inline unsigned blocks(std::int64_t n, std::int64_t each) { return static_cast<unsigned>((n + each - 1) / each); }

// Pieces of the depth: as many as fill three blocks on each of 132 multiprocessors, of 256 products at least; by shape
// alone, so that the order of a sum is the same on every device.
inline int splits_for(std::int64_t tiles, int depth) {
  return static_cast<int>(std::max<std::int64_t>(1, std::min<std::int64_t>(396 / tiles, depth / 256)));
}

template <class P>
void run_product(Stream& stream, Algorithm algorithm, P p) {
  if (p.to.size == 0 || p.to.rows == 0) return;
  p.part = p.depth;
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
    p.part = static_cast<int>(blocks(blocks(p.depth, splits), kMmaDepth)) * kMmaDepth;
    p.to.partial = static_cast<float*>(scratch.data());
  }
  const dim3 grid(tiles, 1, static_cast<unsigned>(splits));
  switch (algorithm) {
    case Algorithm::tf32x3:
      launch<product_mma<P, Mma::tf32x3>>(stream, grid, dim3(kMmaThreads), kMmaShared, p);
      break;
    case Algorithm::tf32:
      launch<product_mma<P, Mma::tf32>>(stream, grid, dim3(kMmaThreads), kMmaShared, p);
      break;
    case Algorithm::bf16:
      launch<product_mma<P, Mma::bf16>>(stream, grid, dim3(kMmaThreads), kMmaShared, p);
      break;
    default:
      launch<product_tiled<P>>(stream, grid, dim3(kTileThreads), std::size_t{0}, p);
  }
  if (splits > 1) sum_splits(stream, p.to, splits);
}

}  // namespace mueca::MUECA_CUDA
