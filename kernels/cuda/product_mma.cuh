// The third rung: products on tensor cores (mma.sync), operands brought by asynchronous copies into a ring of swizzled
// tiles in shared memory. Three precisions of one loop; sums are float32 in all of them. Tiles hold what memory does:
// floats, which are rounded on their way into the products, or bfloat16; beside a tile of that, b's floats are rounded
// on their way into the tile.
#pragma once
#include "kernels/cuda/product.cuh"
#include "kernels/cuda/ptx.cuh"

namespace mueca::MUECA_CUDA {

enum class Mma {
  tf32x3,  // each operand in two TF32 parts, three of the four products: float32 accuracy at a third of the speed
  tf32,    // operands rounded to 10 mantissa bits
  bf16,    // operands rounded to 7 mantissa bits, unless they are stored so
};

inline constexpr int kMmaRows = 128, kMmaColumns = 64, kStages = 3, kMmaThreads = 128;
template <class T>
inline constexpr int kMmaDepth = 8 * kWidest<T>;  // products of a tile's 128 bytes: 32, or 64 of bfloat16
template <class T>
inline constexpr int kStageElements = (kMmaRows + kMmaColumns) * kMmaDepth<T>;
inline constexpr std::size_t kMmaShared = sizeof(float) * kStages * kStageElements<float>;  // 72 KiB, of either type

// Blocks that registers must leave room for on a multiprocessor; where shared memory has room for two, two will do.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
inline constexpr int kMmaBlocks = 3;
#else
inline constexpr int kMmaBlocks = 2;
#endif
// Rounding floats to bfloat16 takes registers for pairs of fragments.
template <class P, Mma kMma>
inline constexpr int kMmaBlocksOf = kMma == Mma::bf16 && !kNarrow<typename P::A::Element> ? 2 : kMmaBlocks;

// Where an element stands in a tile of kOuter x kMmaDepth: deep tiles are [outer][t], flat ones [t][outer]. Groups of
// 16 bytes trade places within a line, so that 32 lanes always read from 32 banks: ldmatrix takes one group of eight
// neighbouring lines of a deep tile or of a flat one of bfloat16, fragments of floats two neighbouring groups of four
// lines of a flat one.
template <int kOuter, bool kDeep, class T>
__device__ T* place(T* tile, int outer, int t) {
  constexpr int kGroup = kWidest<T>;
  if (kDeep) return tile + outer * kMmaDepth<T> + ((t / kGroup ^ outer % 8) * kGroup + t % kGroup);
  const int turn = kNarrow<T> ? t % 8 : t % 4 * 2;
  return tile + t * kOuter + ((outer / kGroup ^ turn) * kGroup + outer % kGroup);
}

// One thread's share of bringing an operand's tiles of T: 16 bytes of each of kLines lines of the tile. What stays the
// same from tile to tile is computed once: the lines of a deep tile, the columns of a flat one.
template <class Operand, class T, int kOuter, bool kDeep, int kAtOnce>
struct Loader {
  using Element = typename Operand::Element;
  static constexpr bool kRounds = kNarrow<T> && !kNarrow<Element>;
  static constexpr int kGroup = kWidest<T>;
  static constexpr int kGroups = (kDeep ? kMmaDepth<T> : kOuter) / kGroup, kEvery = kMmaThreads / kGroups;
  static constexpr int kLines = (kDeep ? kOuter : kMmaDepth<T>) / kEvery;
  const Operand& o;
  int outer0, line0, column0;  // of the tile, and within it
  typename Operand::Line lines[kDeep ? kLines : 1];
  typename Operand::Column first;  // column of a flat tile

  __device__ Loader(const Operand& operand, int outer, int thread)
      : o(operand), outer0(outer), line0(thread / kGroups), column0(thread % kGroups * kGroup) {
    if constexpr (!kDeep) first = o.column(outer0 + column0);
    if constexpr (kDeep)
#pragma unroll
      for (int i = 0; i < kLines; ++i) lines[i] = o.line(outer0 + line0 + i * kEvery);
  }

  // Products [t0, t0 + kMmaDepth) of a depth that ends at `end`.
  __device__ void issue(T* tile, int t0, int end) const {
    if constexpr (kRounds) {
      if (o.vector) return round(tile, t0, end);
    } else if (o.vector) {
      const auto column = kDeep ? o.column(t0 + column0) : first;
#pragma unroll
      for (int i = 0; i < kLines; ++i) {
        const int line = line0 + i * kEvery;
        const Element* from = o.at(kDeep ? lines[kDeep ? i : 0] : o.line(t0 + line), column);
        const bool inside = from && t0 + (kDeep ? column0 : line) < end;
        cp_async16(place<kOuter, kDeep>(tile, kDeep ? line : column0, kDeep ? column0 : line), from, inside);
      }
      return;
    }
#pragma unroll 1
    for (int e = 0; e < kGroup; ++e) {
      const auto column = o.column((kDeep ? t0 : outer0) + column0 + e);
#pragma unroll
      for (int i = 0; i < kLines; ++i) {
        const int line = line0 + i * kEvery;
        const Element* from = o.at(kDeep ? lines[kDeep ? i : 0] : o.line(t0 + line), column);
        const bool inside = from && t0 + (kDeep ? column0 + e : line) < end;
        T* const to = place<kOuter, kDeep>(tile, kDeep ? line : column0 + e, kDeep ? column0 + e : line);
        if constexpr (kRounds)
          store<1>(to, {inside ? *from : 0});
        else if constexpr (kNarrow<T>)
          *to = inside ? *from : T{};  // no asynchronous copy is that small; a barrier comes before it is read
        else
          cp_async4(to, from, inside);
      }
    }
  }
  // The same of floats for a tile of bfloat16, kAtOnce lines under way: two accesses for one store, which the barrier
  // after the wait for a's copies makes whole. Nothing but those copies and other blocks hides their way: what is
  // rounded here is mostly one to five steps deep, and the first two of them have no product before them that could.
  __device__ void round(T* tile, int t0, int end) const {
    typename Operand::Column columns[2];
#pragma unroll
    for (int half = 0; half < 2; ++half) columns[half] = o.column((kDeep ? t0 : outer0) + column0 + half * 4);
#pragma unroll kAtOnce
    for (int i = 0; i < kLines; ++i) {
      const int line = line0 + i * kEvery;
      const auto of = o.line((kDeep ? outer0 : t0) + line);
      Floats<8> v;
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        const float* from = o.at(of, columns[half]);
        const bool inside = from && t0 + (kDeep ? column0 + half * 4 : line) < end;
        const float4 four = inside ? __ldg(reinterpret_cast<const float4*>(from)) : make_float4(0, 0, 0, 0);
        v.at[half * 4] = four.x, v.at[half * 4 + 1] = four.y, v.at[half * 4 + 2] = four.z, v.at[half * 4 + 3] = four.w;
      }
      store(place<kOuter, kDeep>(tile, kDeep ? line : column0, kDeep ? column0 : line), v);
    }
  }
};

// Fragments of 8 products: a[16, 8] from row i of its tile, b[8, 16] from column j: two of them.
template <bool kDeep>
__device__ void fragment_a(float (&f)[4], float* tile, int i, int t, int lane) {
  if constexpr (kDeep) {
    ldmatrix_x4(f, place<kMmaRows, true>(tile, i + lane % 16, t + lane / 16 * 4));
  } else {
    const int group = lane / 4, member = lane % 4;
#pragma unroll
    for (int e = 0; e < 4; ++e) f[e] = *place<kMmaRows, false>(tile, i + group + e % 2 * 8, t + member + e / 2 * 4);
  }
}
template <bool kDeep>
__device__ void fragments_b(float (&f)[4], float* tile, int j, int t, int lane) {
  if constexpr (kDeep) {
    ldmatrix_x4(f, place<kMmaColumns, true>(tile, j + lane % 8 + lane / 16 * 8, t + lane / 8 % 2 * 4));
  } else {
    const int group = lane / 4, member = lane % 4;
#pragma unroll
    for (int e = 0; e < 4; ++e) f[e] = *place<kMmaColumns, false>(tile, j + group + e / 2 * 8, t + member + e % 2 * 4);
  }
}

// Of bfloat16, fragments of 16 products: a[16, 16] from row i, b[16, 16] from column j. Flat tiles are turned round on
// the way, eight lines by eight.
template <bool kDeep>
__device__ void fragment_a(unsigned (&f)[4], bf16* tile, int i, int t, int lane) {
  if constexpr (kDeep)
    ldmatrix_x4(f, place<kMmaRows, true>(tile, i + lane % 16, t + lane / 16 * 8));
  else
    ldmatrix_x4_trans(f, place<kMmaRows, false>(tile, i + lane / 8 % 2 * 8, t + lane % 8 + lane / 16 * 8));
}
template <bool kDeep>
__device__ void fragments_b(unsigned (&f)[4], bf16* tile, int j, int t, int lane) {
  if constexpr (kDeep)
    ldmatrix_x4(f, place<kMmaColumns, true>(tile, j + lane % 8 + lane / 16 * 8, t + lane / 8 % 2 * 8));
  else
    ldmatrix_x4_trans(f, place<kMmaColumns, false>(tile, j + lane / 16 * 8, t + lane % 16));
}

template <int N>
__device__ void split_tf32(const float (&x)[N], float (&high)[N], float (&low)[N]) {
#pragma unroll
  for (int e = 0; e < N; ++e) high[e] = tf32_round(x[e]), low[e] = tf32_round(x[e] - high[e]);
}

// A warp's 64 x 32 elements of y: [16-row block][8-column block][fragment].
using Sums = float[4][4][4];

// sums += the products [t, t + 16) of tiles of bfloat16.
template <class P, Mma kMma>
__device__ void multiply(Sums& sums, bf16* a, bf16* b, int i, int j, int t, int lane) {
  unsigned fb[4][2];
#pragma unroll
  for (int n = 0; n < 4; n += 2) {
    unsigned f[4];
    fragments_b<P::kDeepB>(f, b, j + n * 8, t, lane);
    fb[n][0] = f[0], fb[n][1] = f[1], fb[n + 1][0] = f[2], fb[n + 1][1] = f[3];
  }
#pragma unroll
  for (int m = 0; m < 4; ++m) {
    unsigned fa[4];
    fragment_a<P::kDeepA>(fa, a, i + m * 16, t, lane);
#pragma unroll
    for (int n = 0; n < 4; ++n) mma_m16n8k16_bf16(sums[m][n], fa, fb[n]);
  }
}

// sums += the products [t, t + 8) of tiles of floats, or [t, t + 16) for bf16, whose pairs take product t + k and
// t + k + 4: in which order products are summed is free, as long as a and b agree.
template <class P, Mma kMma>
__device__ void multiply(Sums& sums, float* a, float* b, int i, int j, int t, int lane) {
  if constexpr (kMma == Mma::bf16) {
    unsigned fb[4][2];
#pragma unroll
    for (int n = 0; n < 4; n += 2)
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        float f[4];
        fragments_b<P::kDeepB>(f, b, j + n * 8, t + half * 8, lane);
        fb[n][half] = bf16_pair(f[0], f[1]), fb[n + 1][half] = bf16_pair(f[2], f[3]);
      }
#pragma unroll
    for (int m = 0; m < 4; ++m) {
      unsigned fa[4];
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        float f[4];
        fragment_a<P::kDeepA>(f, a, i + m * 16, t + half * 8, lane);
        fa[half * 2] = bf16_pair(f[0], f[2]), fa[half * 2 + 1] = bf16_pair(f[1], f[3]);
      }
#pragma unroll
      for (int n = 0; n < 4; ++n) mma_m16n8k16_bf16(sums[m][n], fa, fb[n]);
    }
  } else {
    float fb[4][2], low_b[4][2];
#pragma unroll
    for (int n = 0; n < 4; n += 2) {
      float f[4];
      fragments_b<P::kDeepB>(f, b, j + n * 8, t, lane);
      const float two[2][2] = {{f[0], f[1]}, {f[2], f[3]}};
      split_tf32(two[0], fb[n], low_b[n]), split_tf32(two[1], fb[n + 1], low_b[n + 1]);
    }
#pragma unroll
    for (int m = 0; m < 4; ++m) {
      float f[4], fa[4], low_a[4];
      fragment_a<P::kDeepA>(f, a, i + m * 16, t, lane);
      split_tf32(f, fa, low_a);
#pragma unroll
      for (int n = 0; n < 4; ++n) {
        if constexpr (kMma == Mma::tf32x3) {  // the small products first
          mma_m16n8k8_tf32(sums[m][n], low_a, fb[n]);
          mma_m16n8k8_tf32(sums[m][n], fa, low_b[n]);
        }
        mma_m16n8k8_tf32(sums[m][n], fa, fb[n]);
      }
    }
  }
}

template <class P>
__device__ void store_sums(const P& p, const Sums& sums, int i0, int j0, int split, int lane) {
#pragma unroll
  for (int m = 0; m < 4; ++m)
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int i = i0 + m * 16 + lane / 4 + half * 8;
      if (i >= p.to.rows) continue;
      const std::int64_t at = p.to.row(i);
#pragma unroll
      for (int n = 0; n < 4; ++n) {
        if constexpr (kNarrow<typename P::Y>)
          if (const int j = j0 + n * 8 + lane % 4 * 2; p.to.together > 1) {
            if (j < p.to.columns) p.to.template put<2>(at, j, {sums[m][n][half * 2], sums[m][n][half * 2 + 1]}, split);
            continue;
          }
#pragma unroll
        for (int e = 0; e < 2; ++e) {
          const int j = j0 + n * 8 + lane % 4 * 2 + e;
          if (j < p.to.columns) p.to.put(at, j, sums[m][n][half * 2 + e], split);
        }
      }
    }
}

// Block: 128 x 64 elements of y, kMmaDepth products deep at a time, three tiles under way; warp: 64 x 32 of them.
// Changes that the products run on tensor cores and that copies overlap with them. A step is 524 288 FLOP per 24 576
// bytes, 21 FLOP/byte of the second-level cache. Of HBM a 3x3 convolution from 64 to 64 channels asks for 65 536 bytes
// per 9.4 MFLOP, 144 FLOP/byte: above an H200's ridge (31 FLOP/byte for tf32x3, 92 for tf32, 184 for bf16 at 790
// TFLOP/s and 4.3 TB/s), its tensor cores are the roof, but for bf16 memory; a 1x1 one, 16 FLOP/byte, meets memory
// always. Of operands stored in bfloat16 a step is 1 048 576 FLOP for the same 24 576 bytes, 43 FLOP/byte, and of HBM
// it is half the bytes: 288 FLOP/byte, above the ridge, and 32. Then shared memory is what the tensor cores wait for:
// 48 KiB of fragments and 24 KiB written a step, 576 clocks at 128 bytes each, against 256 of products (2048 a clock;
// A100: 512).
template <class P, Mma kMma>
__global__ void __launch_bounds__(kMmaThreads, kMmaBlocksOf<P, kMma>) product_mma(P p) {
  using T = typename P::A::Element;
  static_assert(kNarrow<T> ? kMma == Mma::bf16 : !kNarrow<typename P::B::Element>);
  constexpr int kDepth = kMmaDepth<T>;
  const int across = (p.to.columns + kMmaColumns - 1) / kMmaColumns, thread = static_cast<int>(threadIdx.x);
  const int i0 = static_cast<int>(blockIdx.x) / across * kMmaRows,
            j0 = static_cast<int>(blockIdx.x) % across * kMmaColumns;
  const int split = static_cast<int>(blockIdx.z), begin = split * p.part;
  const int end = p.depth < begin + p.part ? p.depth : begin + p.part;
  const int steps = (end - begin + kDepth - 1) / kDepth, lane = thread % 32;
  const int row = thread / 64 * 64, column = thread / 32 % 2 * 32;  // of the warp, in the tile
  const bool idle = i0 + row >= p.to.rows || j0 + column >= p.to.columns;
  T* const ring = dynamic_smem<T>();                                          // [stage][a's tile, b's tile]
  constexpr int kAtOnce = std::is_same_v<typename P::A, Patches<T>> ? 2 : 4;  // their indices take registers
  const Loader<typename P::A, T, kMmaRows, P::kDeepA, 1> load_a(p.a, i0, thread);
  const Loader<typename P::B, T, kMmaColumns, P::kDeepB, kAtOnce> load_b(p.b, j0, thread);
  const auto issue = [&](int step) {
    T* const stage = ring + step % kStages * kStageElements<T>;
    if (step < steps) {
      load_a.issue(stage, begin + step * kDepth, end);
      load_b.issue(stage + kMmaRows * kDepth, begin + step * kDepth, end);
    }
    cp_async_commit();  // an empty group keeps the count
  };
  Sums sums = {};
  for (int step = 0; step < kStages - 1; ++step) issue(step);
  for (int step = 0; step < steps; ++step) {
    cp_async_wait<kStages - 2>();
    __syncthreads();  // this step's tiles are whole, and nobody reads the last step's, which are filled next
    issue(step + kStages - 1);
    T *const a = ring + step % kStages * kStageElements<T>, *const b = a + kMmaRows * kDepth;
    if (idle) continue;
#pragma unroll 1
    for (int t = 0; t < kDepth; t += kMma == Mma::bf16 ? 16 : 8) multiply<P, kMma>(sums, a, b, row, column, t, lane);
  }
  cp_async_wait<0>();
  store_sums(p, sums, i0 + row, j0 + column, split, lane);
}

}  // namespace mueca::MUECA_CUDA
