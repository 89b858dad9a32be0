// Sums: of a vector in double, of right answers, of a matrix' columns.
#include "kernels/cuda/columns.cuh"

namespace mueca::MUECA_CUDA {
namespace {

constexpr int kThreads = 256, kWarps = kThreads / 32, kEach = 16, kMostBlocks = 1056;

// The sum over the block in every thread: over lanes by a butterfly, then over warps in order.
__device__ inline double block_sum(double value) {
  struct Room {
    double at[kWarps];
  };
  Room& room = shared<Room>();
  value = warp_sum(value);
  if (threadIdx.x % 32 == 0) room.at[threadIdx.x / 32] = value;
  __syncthreads();
  double sum = 0;
#pragma unroll
  for (int w = 0; w < kWarps; ++w) sum += room.at[w];
  return sum;
}

// Block: every gridDim.x-th stretch of 256 Width elements, summed in double; partial[block]. 4 bytes and one or two
// operations in double of an element: 0.9 ps at 4.3 TB/s.
template <int Width, bool Square>
__global__ void __launch_bounds__(kThreads) sum_strips(const float* x, std::int64_t n, double* partial) {
  const std::int64_t step = std::int64_t{gridDim.x} * kThreads * Width;
  double sum = 0;
  for (std::int64_t i = (std::int64_t{blockIdx.x} * kThreads + threadIdx.x) * Width; i < n; i += step) {
    Floats<Width> v = all<Width>(0);
    if (i + Width <= n)
      v = load<Width>(x + i);
    else
#pragma unroll
      for (int k = 0; k < Width; ++k) v.at[k] = i + k < n ? x[i + k] : 0;
#pragma unroll
    for (int k = 0; k < Width; ++k) {
      const double term = v.at[k];
      sum += Square ? term * term : term;
    }
  }
  sum = block_sum(sum);
  if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

// One block: the sum of all partial sums, divided by `by`.
__global__ void __launch_bounds__(kThreads) add_partials(const double* partial, int count, double by, float* y) {
  double sum = 0;
  for (int i = static_cast<int>(threadIdx.x); i < count; i += kThreads) sum += partial[i];
  sum = block_sum(sum);
  if (threadIdx.x == 0) *y = static_cast<float>(sum / by);
}

template <bool Square>
void sum_all(Stream& stream, In<1> x, double by, Out<1> y) {
  const std::int64_t n = x.size();
  const auto blocks = static_cast<unsigned>(std::clamp<std::int64_t>(n / (kThreads * kEach), 1, kMostBlocks));
  const Buffer scratch(stream.device, blocks * sizeof(double));
  const auto partial = static_cast<double*>(scratch.data());
  const std::size_t none = 0;
  if (aligned(4, x.data))
    launch<sum_strips<4, Square>>(stream, dim3(blocks), dim3(kThreads), none, x.data, n, partial);
  else
    launch<sum_strips<1, Square>>(stream, dim3(blocks), dim3(kThreads), none, x.data, n, partial);
  launch<add_partials>(stream, dim3(1), dim3(kThreads), none, partial, static_cast<int>(blocks), by, y.data);
}

__device__ inline int largest(const float* row, int k) {
  int best = 0;
  for (int i = 1; i < k; ++i) best = row[best] < row[i] ? i : best;
  return best;
}

// One block; thread: every 256th row. A batch is a few kilobytes: the launch is all there is.
__global__ void __launch_bounds__(kThreads)
    count_rows(const float* x, const float* t, std::int64_t m, int k, float* y) {
  double right = 0;
  for (std::int64_t row = threadIdx.x; row < m; row += kThreads)
    right += largest(x + row * k, k) == largest(t + row * k, k);
  right = block_sum(right);
  if (threadIdx.x == 0) *y = static_cast<float>(right);
}

// Block: a strip of rows; thread: Width columns of every deep-th row, in floats of at most 32 terms, then in doubles.
// 4 bytes (bfloat16: 2) and one operation of an element: 0.9 ps (0.5) at 4.3 TB/s.
template <int Width, class S>
__global__ void __launch_bounds__(kColumnThreads) sum_columns(const S* x, Columns c, double* partial) {
  constexpr int kRun = 32;
  const ColumnThread t(c, Width);
  double sum[Width] = {};
  if (t.active)
    for (std::int64_t from = t.first; from < t.end; from += std::int64_t{kRun} * c.deep) {
      Floats<Width> run = all<Width>(0);
#pragma unroll 8
      for (int i = 0; i < kRun; ++i) {
        const std::int64_t row = from + std::int64_t{i} * c.deep;
        const Floats<Width> v = row < t.end ? load<Width>(x + row * c.columns + t.column) : all<Width>(0);
#pragma unroll
        for (int k = 0; k < Width; ++k) run.at[k] += v.at[k];
      }
#pragma unroll
      for (int k = 0; k < Width; ++k) sum[k] += run.at[k];
    }
  add_rows(c, t, sum);
  put_partial(c, t, 0, sum, partial);
}

template <class S>
void sum_all_columns(Stream& stream, View<const S, 2> gy, Out<1> gb) {
  if (gb.size() == 0) return;
  with_width<kWidest<S>>(
      gy.extent[1],
      [&](auto width) {
        constexpr int kWidth = decltype(width)::value;
        const Columns c(gy.extent[0], gy.extent[1], kWidth, 16);
        const Buffer scratch = partial_sums(stream, c, 1);
        const auto partial = static_cast<double*>(scratch.data());
        launch<sum_columns<kWidth, S>>(stream, c.grid(), c.block(), std::size_t{0}, gy.data, c, partial);
        finish_columns(stream, partial, gy.extent[1], c.strips, gb.data);
      },
      gy.data);
}

}  // namespace

void mean_forward(Stream& stream, In<1> x, Out<1> y) { sum_all<false>(stream, x, static_cast<double>(x.size()), y); }

void sum_of_squares(Stream& stream, In<1> x, Out<1> y) { sum_all<true>(stream, x, 1, y); }

void count_correct(Stream& stream, In<2> x, In<2> t, Out<1> y) {
  launch<count_rows>(stream, dim3(1), dim3(kThreads), std::size_t{0}, x.data, t.data, x.extent[0],
                     static_cast<int>(x.extent[1]), y.data);
}

void bias_backward(Stream& stream, In<2> gy, Out<1> gb) { sum_all_columns(stream, gy, gb); }
void bias_backward(Stream& stream, View<const bf16, 2> gy, Out<1> gb) { sum_all_columns(stream, gy, gb); }

}  // namespace mueca::MUECA_CUDA
