// y [rows, columns] = a b over `depth` products an element, with what happens to a sum before it is stored. The first
// two rungs of the ladder: naive, and tiled through shared memory. The third is in product_mma.cuh.
#pragma once
#include "core/kernel_args.h"
#include "kernels/cuda/operands.cuh"
#include "kernels/cuda/vector.cuh"

namespace mueca::MUECA_CUDA {

// y = act(sum + b + residual), or the bare sums of a part of the depth: to partial[split], summed by split_sum.cu. y is
// stored as S, rounded once, after all of that.
template <class S>
struct Target {
  S* y = nullptr;
  const float* bias = nullptr;               // [columns], or nullptr
  const S* residual = nullptr;               // as y, or nullptr
  Activation activation = Activation::none;  // none, relu or relu6
  int rows = 0, columns = 0;
  int together = 1;          // neighbours of a row of bfloat16 that are stored as one: 4, 2 or 1
  float* partial = nullptr;  // [splits, all of y]; nullptr: the depth is in one piece
  std::int64_t size = 0;     // of y
  // Every stride-th pixel of an image: row (n, i, j) of this product is pixel (n, first_h + i stride, ...) of y.
  int stride = 1, first_h = 0, first_w = 0, height = 0, width = 0;
  Divisor by_image, by_row;

  __device__ std::int64_t row(int i) const {  // offset of row i in y
    if (stride == 1) return std::int64_t{i} * columns;
    const int n = by_image(i), inside = i - n * by_image.value, h = by_row(inside), w = inside - h * by_row.value;
    return (std::int64_t{n * height + first_h + h * stride} * width + first_w + w * stride) * columns;
  }
  __device__ float finished(float sum, std::int64_t at, int j) const {
    if (bias) sum += bias[j];
    if (residual) sum += load<1>(residual + at).at[0];
    if (activation != Activation::none) sum = sum < 0 ? 0 : sum;  // a NaN stays one
    return activation == Activation::relu6 && sum > 6 ? 6 : sum;
  }
  __device__ void put(std::int64_t row_at, int j, float sum, int split) const {
    if (partial)
      partial[split * size + row_at + j] = sum;
    else
      store<1>(y + row_at + j, {finished(sum, row_at + j, j)});
  }
  template <int Width>  // of them, where `together` allows it
  __device__ void put(std::int64_t row_at, int j, const Floats<Width>& sums, int split) const {
    if (partial) {
#pragma unroll
      for (int i = 0; i < Width; ++i) partial[split * size + row_at + j + i] = sums.at[i];
    } else {
      Floats<Width> v;
#pragma unroll
      for (int i = 0; i < Width; ++i) v.at[i] = finished(sums.at[i], row_at + j + i, j + i);
      store(y + row_at + j, v);
    }
  }
};

// kDeepA: the sum runs along a's columns (a[i, t]), otherwise along its lines (a[t, i]); kDeepB: b[j, t] or b[t, j].
template <class A_, bool kDeepA_, class B_, bool kDeepB_, class Y_>
struct Product {
  using A = A_;
  using B = B_;
  using Y = Y_;
  static constexpr bool kDeepA = kDeepA_, kDeepB = kDeepB_;
  A a;
  B b;
  int depth = 0, part = 0;  // part: products of one split, a multiple of every tile's depth
  Target<Y> to;
};

// Element (i, t) of an operand whose sum runs along its columns, or along its lines.
template <bool kDeep, class Operand>
__device__ float element(const Operand& o, int i, int t) {
  const auto* const at = kDeep ? o.at(o.line(i), o.column(t)) : o.at(o.line(t), o.column(i));
  return at ? load<1>(at).at[0] : 0;
}

inline constexpr int kNaiveThreads = 256;

// Thread: one element of y, its operands read from global memory. 2 FLOP per 8 bytes (bfloat16: 4) asked for, so the
// caches' bandwidth is its roof; a line of a is read again by every column.
template <class P>
__global__ void __launch_bounds__(kNaiveThreads) product_naive(P p) {
  const std::int64_t index = std::int64_t{blockIdx.x} * kNaiveThreads + threadIdx.x;
  if (index >= std::int64_t{p.to.rows} * p.to.columns) return;
  const int i = static_cast<int>(index / p.to.columns), j = static_cast<int>(index % p.to.columns);
  float sum = 0;
  for (int t = 0; t < p.depth; ++t) sum += element<P::kDeepA>(p.a, i, t) * element<P::kDeepB>(p.b, j, t);
  p.to.put(p.to.row(i), j, sum, 0);
}

inline constexpr int kTile = 64, kTileDepth = 16, kTileThreads = 256;

// Block: 64 x 64 elements of y, 16 products deep at a time; thread: 4 x 4 of them in registers. Changes that each
// element is read from global memory once per tile: 131 072 FLOP per 8 192 bytes (bfloat16: 4 096), 16 FLOP/byte (32),
// and float32 units (about 60 TFLOP/s) become the roof.
template <class P>
__global__ void __launch_bounds__(kTileThreads) product_tiled(P p) {
  struct Tiles {
    alignas(16) float a[kTileDepth][kTile + 4], b[kTileDepth][kTile + 4];
  };
  Tiles& s = shared<Tiles>();
  const int across = (p.to.columns + kTile - 1) / kTile, thread = static_cast<int>(threadIdx.x);
  const int i0 = static_cast<int>(blockIdx.x) / across * kTile, j0 = static_cast<int>(blockIdx.x) % across * kTile;
  const int split = static_cast<int>(blockIdx.z), begin = split * p.part;
  const int end = p.depth < begin + p.part ? p.depth : begin + p.part;
  const int row = thread / 16 * 4, column = thread % 16 * 4;
  float sum[4][4] = {};
  for (int t0 = begin; t0 < end; t0 += kTileDepth) {
    for (int e = thread; e < kTile * kTileDepth; e += kTileThreads) {
      // neighbouring threads read neighbours in memory
      const int ia = P::kDeepA ? e / kTileDepth : e % kTile, ta = P::kDeepA ? e % kTileDepth : e / kTile;
      const int jb = P::kDeepB ? e / kTileDepth : e % kTile, tb = P::kDeepB ? e % kTileDepth : e / kTile;
      s.a[ta][ia] = t0 + ta < end ? element<P::kDeepA>(p.a, i0 + ia, t0 + ta) : 0;
      s.b[tb][jb] = t0 + tb < end ? element<P::kDeepB>(p.b, j0 + jb, t0 + tb) : 0;
    }
    __syncthreads();
    for (int t = 0; t < kTileDepth; ++t) {
      const float4 a = *reinterpret_cast<const float4*>(&s.a[t][row]);
      const float4 b = *reinterpret_cast<const float4*>(&s.b[t][column]);
      const float as[4] = {a.x, a.y, a.z, a.w}, bs[4] = {b.x, b.y, b.z, b.w};
      for (int i = 0; i < 4; ++i)
        for (int j = 0; j < 4; ++j) sum[i][j] += as[i] * bs[j];
    }
    __syncthreads();  // nobody reads this tile any more
  }
  for (int i = 0; i < 4; ++i) {
    if (i0 + row + i >= p.to.rows) continue;
    const std::int64_t at = p.to.row(i0 + row + i);
    for (int j = 0; j < 4; ++j)
      if (j0 + column + j < p.to.columns) p.to.put(at, j0 + column + j, sum[i][j], split);
  }
}

}  // namespace mueca::MUECA_CUDA
