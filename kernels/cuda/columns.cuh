// Sums over the rows of a matrix [M, C], column by column, in one fixed order and with enough blocks to fill a GPU:
// blocks sum strips of rows into partial sums [quantity, C, strips] in double, then a warp per column adds the strips.
// How rows are cut follows from the shape alone.
#pragma once
#include "core/memory.h"
#include "kernels/cuda/vector.cuh"
#include "kernels/cuda/warp.cuh"

namespace mueca::MUECA_CUDA {

inline constexpr int kColumnThreads = 256;
inline constexpr int kColumnBlocks = 1056;  // eight for each of 132 multiprocessors: one wave on an H200

// A block's threads side by side: `lanes` runs of Width columns, `deep` rows at once.
struct Columns {
  std::int64_t rows = 0, columns = 0, strip = 1;  // strip: rows of a block
  int runs = 0, lanes = 1, deep = 1, strips = 1;

  // At least `least` rows of a strip for each thread, if there are as many; at most `most_lanes` lanes.
  Columns(std::int64_t rows_, std::int64_t columns_, int width, std::int64_t least, int most_lanes = kColumnThreads)
      : rows(rows_), columns(columns_) {
    runs = static_cast<int>(columns / width);
    const int parts = (runs + most_lanes - 1) / most_lanes;  // blocks side by side
    lanes = std::max((runs + parts - 1) / std::max(parts, 1), 1);
    deep = std::max(kColumnThreads / lanes, 1);
    strips = static_cast<int>(std::clamp<std::int64_t>(rows / (deep * std::max<std::int64_t>(least, 1)), 1,
                                                       std::max(kColumnBlocks / std::max(parts, 1), 1)));
    strip = (rows + strips - 1) / strips;
    strip = (strip + deep - 1) / deep * deep;  // whole steps
    strips = static_cast<int>(std::max<std::int64_t>((rows + strip - 1) / std::max<std::int64_t>(strip, 1), 1));
  }
  dim3 grid() const { return dim3(blocks_of(runs, lanes), static_cast<unsigned>(strips)); }
  dim3 block() const { return dim3(static_cast<unsigned>((lanes * deep + 31) / 32 * 32)); }
};

// What a thread of such a launch works on: Width columns from `column`, rows first, first + step ... below `end`.
struct ColumnThread {
  int lane, row;  // in the block
  std::int64_t column, first, end;
  bool active;
  __device__ ColumnThread(const Columns& c, int width) {
    lane = static_cast<int>(threadIdx.x) % c.lanes, row = static_cast<int>(threadIdx.x) / c.lanes;
    const int run = static_cast<int>(blockIdx.x) * c.lanes + lane;
    active = row < c.deep && run < c.runs;
    column = std::int64_t{run} * width;
    first = std::int64_t{blockIdx.y} * c.strip + row;
    end = std::int64_t{blockIdx.y} * c.strip + c.strip;
    if (end > c.rows) end = c.rows;
  }
};

// Adds the Width doubles of all rows of the block, lane by lane, by halves; row 0 has the sums. All threads must call.
template <int Width>
__device__ void add_rows(const Columns& c, const ColumnThread& t, double (&sum)[Width]) {
  struct Room {
    double at[Width][kColumnThreads];
  };
  Room& room = shared<Room>();
  const int thread = static_cast<int>(threadIdx.x);
#pragma unroll
  for (int k = 0; k < Width; ++k) room.at[k][thread] = sum[k];
  int half = 1;
  while (half * 2 < c.deep) half *= 2;
  for (; half > 0 && c.deep > 1; half /= 2) {
    __syncthreads();
    if (t.row < half && t.row + half < c.deep) {
#pragma unroll
      for (int k = 0; k < Width; ++k) room.at[k][thread] += room.at[k][thread + half * c.lanes];
    }
  }
#pragma unroll
  for (int k = 0; k < Width; ++k) sum[k] = room.at[k][thread];
  __syncthreads();  // the room is free again
}

// Row 0's sums of a block as one strip of partial[quantity, C, strips].
template <int Width>
__device__ void put_partial(const Columns& c, const ColumnThread& t, int quantity, const double (&sum)[Width],
                            double* partial) {
  if (!t.active || t.row > 0) return;
#pragma unroll
  for (int k = 0; k < Width; ++k) partial[((quantity * c.columns) + t.column + k) * c.strips + blockIdx.y] = sum[k];
}

// The sum of `strips` partial sums in every lane of the warp.
__device__ inline double add_strips(const double* partial, int strips, int lane) {
  double sum = 0;
  for (int s = lane; s < strips; s += 32) sum += partial[s];
  return warp_sum(sum);
}

// Warp: one sum of strips, over lanes and a tree; y[i] = sum of partial[i, strips].
template <int Warps>
__global__ void __launch_bounds__(32 * Warps)
    add_all_strips(const double* partial, std::int64_t sums, int strips, float* y) {
  const std::int64_t i = std::int64_t{blockIdx.x} * Warps + threadIdx.x / 32;
  if (i >= sums) return;
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const double sum = add_strips(partial + i * strips, strips, lane);
  if (lane == 0) y[i] = static_cast<float>(sum);
}

inline void finish_columns(Stream& stream, const double* partial, std::int64_t sums, int strips, float* y) {
  constexpr int kWarps = 8;
  launch<add_all_strips<kWarps>>(stream, dim3(blocks_of(sums, kWarps)), dim3(32 * kWarps), std::size_t{0}, partial,
                                 sums, strips, y);
}

inline Buffer partial_sums(const Stream& stream, const Columns& c, int quantities) {
  return Buffer(stream.device, static_cast<std::size_t>(quantities * c.columns * c.strips) * sizeof(double));
}

}  // namespace mueca::MUECA_CUDA
