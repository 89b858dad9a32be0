// Walks over the rows of a matrix [M, K] that a loss or a softmax takes one by one. Two algorithms, chosen by K:
// - narrow rows (seven expressions): a block brings 128 rows to shared memory in one stretch, so that memory is read
// and
//   written in whole lines, and a thread walks a row;
// - wide rows: a warp walks a row, lane by lane, in global memory.
#pragma once
#include "kernels/cuda/vector.cuh"
#include "kernels/cuda/warp.cuh"

namespace mueca::MUECA_CUDA {

inline constexpr int kRowThreads = 128, kRowWarps = kRowThreads / 32;
inline constexpr int kNarrow = 32;  // columns

// Those who walk one row together: a single thread, or the lanes of a warp.
template <int Lanes>
struct Team {
  int lane;
  static constexpr int kLanes = Lanes;
  __device__ float sum(float v) const { return Lanes == 1 ? v : warp_sum(v); }
  __device__ float max(float v) const { return Lanes == 1 ? v : warp_max(v); }
};

// The matrices that an op reads, one or two, and the one that it writes, all [M, K]; and a number per row, if any.
struct RowViews {
  const float *a = nullptr, *b = nullptr;
  float *out = nullptr, *number = nullptr;
  std::int64_t rows = 0;
  int columns = 0;
};

// Block: 128 rows through shared memory, a and b of them padded to an odd stride, so that threads meet no bank twice;
// a row's output takes the place of its a. Thread: one row.
template <class Op>
__global__ void __launch_bounds__(kRowThreads) narrow_rows(Op op, RowViews m) {
  float* const room = dynamic_smem<float>();
  const int thread = static_cast<int>(threadIdx.x), stride = m.columns | 1;
  float *const a = room, *const b = room + kRowThreads * stride;
  const std::int64_t first = std::int64_t{blockIdx.x} * kRowThreads, begin = first * m.columns;
  const int rows = m.rows - first < kRowThreads ? static_cast<int>(m.rows - first) : kRowThreads;
  const int count = rows * m.columns;
  for (int e = thread; e < count; e += kRowThreads) {
    const int at = e / m.columns * stride + e % m.columns;
    a[at] = m.a[begin + e];
    if constexpr (Op::kInputs == 2) b[at] = m.b[begin + e];
  }
  __syncthreads();
  if (thread < rows) {
    const float number = op.row(Team<1>{0}, a + thread * stride, b + thread * stride, a + thread * stride, m.columns);
    if (m.number) m.number[first + thread] = number;
  }
  __syncthreads();
  for (int e = thread; e < count; e += kRowThreads) m.out[begin + e] = a[e / m.columns * stride + e % m.columns];
}

// Warp: one row.
template <class Op>
__global__ void __launch_bounds__(kRowThreads) wide_rows(Op op, RowViews m) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const std::int64_t row = std::int64_t{blockIdx.x} * kRowWarps + threadIdx.x / 32, begin = row * m.columns;
  if (row >= m.rows) return;
  const float number = op.row(Team<32>{lane}, m.a + begin, m.b + (m.b ? begin : 0), m.out + begin, m.columns);
  if (m.number && lane == 0) m.number[row] = number;
}

// op.row(team, a, b, out, K) returns the row's number; `out` may be `a`.
template <class Op>
void each_row(Stream& stream, const Op& op, const RowViews& m) {
  if (m.rows == 0 || m.columns == 0) return;
  if (m.columns <= kNarrow) {
    const std::size_t bytes = static_cast<std::size_t>(Op::kInputs * kRowThreads * (m.columns | 1)) * sizeof(float);
    launch<narrow_rows<Op>>(stream, dim3(blocks_of(m.rows, kRowThreads)), dim3(kRowThreads), bytes, op, m);
  } else {
    launch<wide_rows<Op>>(stream, dim3(blocks_of(m.rows, kRowWarps)), dim3(kRowThreads), std::size_t{0}, op, m);
  }
}

}  // namespace mueca::MUECA_CUDA
