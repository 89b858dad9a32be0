// Batch normalisation over rows [M, C], with the activation and the residual sum in the same pass. A thread takes four
// columns, 16 bytes or 8 of bfloat16: with eight it would need the registers of the warps and loads that keep memory
// busy (nvcc 13.0 for sm_90a: `normalise` 45 to 52 and some spilled instead of 32 to 38, `sum_gradients` 80 and some
// spilled instead of 60 to 62).
#include <cmath>

#include "kernels/cuda/activate.cuh"
#include "kernels/cuda/columns.cuh"

namespace mueca::MUECA_CUDA {
namespace {

constexpr int kRun = 16;  // terms of a float sum before it goes into a double
constexpr int kPivotRows = 8;
constexpr int kFinishThreads = 256, kFinishWarps = kFinishThreads / 32;
constexpr int kLeast = 16, kLeastCopy = 4;  // rows of a thread that sums, that only copies

// Blocks of a multiprocessor that registers must suffice for; left to itself, ptxas takes 72 of them for bfloat16.
template <class S>
inline constexpr int kMomentBlocks = sizeof(S) == 4 ? 0 : 4;

template <class S>
using Read = View<const S, 2>;  // activations [M, C]
template <class S>
using Write = View<S, 2>;

// The mean of a column's first rows: sums of distances from it lose no digits to a mean far from zero.
template <int Width, class S>
__device__ Floats<Width> pivot_of(const S* x, std::int64_t rows, std::int64_t columns, std::int64_t column) {
  Floats<Width> pivot = all<Width>(0);
  const int few = rows < kPivotRows ? static_cast<int>(rows) : kPivotRows;
#pragma unroll
  for (int r = 0; r < kPivotRows; ++r) {
    if (r >= few) continue;
    const Floats<Width> v = load<Width>(x + r * columns + column);
#pragma unroll
    for (int k = 0; k < Width; ++k) pivot.at[k] += v.at[k] / static_cast<float>(few);
  }
  return pivot;
}

// Block: a strip of rows; thread: Width columns of every deep-th row: sum(x - pivot) and sum((x - pivot)^2). 4 bytes
// (bfloat16: 2) and 4 operations of an element: 0.9 ps (0.5) at 4.3 TB/s.
template <class S, int Width>
__global__ void __launch_bounds__(kColumnThreads, kMomentBlocks<S>)
    sum_moments(const S* __restrict__ x, Columns c, double* partial) {
  const ColumnThread t(c, Width);
  double sum[Width] = {}, square[Width] = {};
  if (t.active) {
    const Floats<Width> pivot = pivot_of<Width>(x, c.rows, c.columns, t.column);
    for (std::int64_t from = t.first; from < t.end; from += std::int64_t{kRun} * c.deep) {
      Floats<Width> s = all<Width>(0), q = s;
#pragma unroll 8
      for (int i = 0; i < kRun; ++i) {
        const std::int64_t row = from + std::int64_t{i} * c.deep;
        const Floats<Width> v = row < t.end ? load<Width>(x + row * c.columns + t.column) : pivot;
#pragma unroll
        for (int k = 0; k < Width; ++k) {
          const float d = v.at[k] - pivot.at[k];
          s.at[k] += d, q.at[k] += d * d;
        }
      }
#pragma unroll
      for (int k = 0; k < Width; ++k) sum[k] += s.at[k], square[k] += q.at[k];
    }
  }
  add_rows(c, t, sum);
  put_partial(c, t, 0, sum, partial);
  add_rows(c, t, square);
  put_partial(c, t, 1, square, partial);
}

// A statistic that follows the batch's: value += t (batch - value); absent, it stays where it is.
struct Moving {
  float* value;
  float t;
  __device__ void follow(std::int64_t column, float batch) const {
    if (value) value[column] += t * (batch - value[column]);
  }
};

// Warp: a column's strips; mean, variance, and y = (x - mean) factor + offset, where the offset takes in what rounding
// took from the mean. The moving statistics follow here, so that no launch is theirs alone.
template <class S>
__global__ void __launch_bounds__(kFinishThreads)
    finish_moments(const S* x, const double* partial, Columns c, In<1> gamma, In<1> beta, float epsilon, float* mean,
                   float* variance, Moving moving_mean, Moving moving_variance, float* factor, float* offset) {
  const std::int64_t column = std::int64_t{blockIdx.x} * kFinishWarps + threadIdx.x / 32;
  if (column >= c.columns) return;
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const double sum = add_strips(partial + column * c.strips, c.strips, lane);
  const double square = add_strips(partial + (c.columns + column) * c.strips, c.strips, lane);
  if (lane > 0) return;
  const double rows = c.rows > 0 ? static_cast<double>(c.rows) : 1, shift = sum / rows;
  const double mu = pivot_of<1>(x, c.rows, c.columns, column).at[0] + shift;
  const double spread = square / rows - shift * shift;
  mean[column] = static_cast<float>(mu);
  variance[column] = static_cast<float>(spread > 0 ? spread : 0);
  moving_mean.follow(column, mean[column]), moving_variance.follow(column, variance[column]);
  const double slope = gamma.data[column] / sqrt(double{variance[column]} + double{epsilon});
  factor[column] = static_cast<float>(slope);
  offset[column] = static_cast<float>(beta.data[column] + (double{mean[column]} - mu) * slope);
}

// Thread: a column of statistics that are given.
__global__ void __launch_bounds__(kFinishThreads)
    given_factors(In<1> gamma, In<1> variance, float epsilon, float* factor) {
  const std::int64_t c = std::int64_t{blockIdx.x} * kFinishThreads + threadIdx.x;
  if (c < gamma.extent[0])
    factor[c] = static_cast<float>(gamma.data[c] / sqrt(double{variance.data[c]} + double{epsilon}));
}

// Block: a strip of rows, the last strip first, because that is what the L2 cache still holds of x; thread: Width
// columns, its factors in registers. 8 bytes (12 with a residual) and 4 operations of an element: 1.9 (2.8) ps; with
// the sums before it 2.8 (3.7) ps. bfloat16: half the bytes and the time.
template <class S, int Width, Activation A, bool Residual>
__global__ void __launch_bounds__(kColumnThreads)
    normalise(const S* __restrict__ x, const S* __restrict__ residual, S* __restrict__ y, Columns c, const float* mean,
              const float* factor, const float* offset) {
  ColumnThread t(c, Width);
  if (!t.active) return;
  const std::int64_t back = std::int64_t{gridDim.y - 1 - blockIdx.y} * c.strip;
  t.end = back + c.strip < c.rows ? back + c.strip : c.rows;
  const Floats<Width> mu = load<Width>(mean + t.column), a = load<Width>(factor + t.column);
  const Floats<Width> b = load<Width>(offset + t.column);
#pragma unroll 4
  for (std::int64_t row = back + t.row; row < t.end; row += c.deep) {
    const std::int64_t at = row * c.columns + t.column;
    Floats<Width> v = load<Width>(x + at), r = all<Width>(0);
    if constexpr (Residual) r = load<Width>(residual + at);
#pragma unroll
    for (int k = 0; k < Width; ++k)
      v.at[k] = activate<A>((v.at[k] - mu.at[k]) * a.at[k] + (Residual ? b.at[k] + r.at[k] : b.at[k]));
    store(y + at, v);
  }
}

// Block: a strip of rows; thread: Width columns: sum(g) and sum(g (x - mean)), g being gy where the activation lets it
// through; `kept`, if given, receives g. 8 bytes of an element, 12 with a mask, 16 if g is kept: 1.9 to 3.7 ps.
// bfloat16: half the bytes and the time; g is gy or 0 and loses nothing where it is kept.
template <class S, int Width, Activation A>
__global__ void __launch_bounds__(kColumnThreads, 3)
    sum_gradients(const S* __restrict__ x, const S* __restrict__ y, const S* __restrict__ gy,
                  const float* __restrict__ mean, S* __restrict__ kept, Columns c, double* partial) {
  const ColumnThread t(c, Width);
  double sum[Width] = {}, product[Width] = {};
  if (t.active) {
    const Floats<Width> mu = load<Width>(mean + t.column);
    for (std::int64_t from = t.first; from < t.end; from += std::int64_t{kRun} * c.deep) {
      Floats<Width> s = all<Width>(0), q = s;
#pragma unroll 4
      for (int i = 0; i < kRun; ++i) {
        const std::int64_t row = from + std::int64_t{i} * c.deep, at = row * c.columns + t.column;
        if (row >= t.end) continue;
        const Floats<Width> in = load<Width>(x + at);
        Floats<Width> g = load<Width>(gy + at), top = g;
        if constexpr (A != Activation::none) top = load<Width>(y + at);
#pragma unroll
        for (int k = 0; k < Width; ++k) {
          g.at[k] = mask<A>(g.at[k], top.at[k]);
          s.at[k] += g.at[k], q.at[k] += g.at[k] * (in.at[k] - mu.at[k]);
        }
        if (kept) store(kept + at, g);
      }
#pragma unroll
      for (int k = 0; k < Width; ++k) sum[k] += s.at[k], product[k] += q.at[k];
    }
  }
  add_rows(c, t, sum);
  put_partial(c, t, 0, sum, partial);
  add_rows(c, t, product);
  put_partial(c, t, 1, product, partial);
}

// Warp: a column's strips; gbeta, ggamma, and gx = g a + (x - mean) b + k.
__global__ void __launch_bounds__(kFinishThreads)
    finish_gradients(const double* partial, Columns c, In<1> gamma, In<1> variance, float epsilon, bool training,
                     float* ggamma, float* gbeta, float* a, float* b, float* k) {
  const std::int64_t column = std::int64_t{blockIdx.x} * kFinishWarps + threadIdx.x / 32;
  if (column >= c.columns) return;
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const double inverse = 1 / sqrt(double{variance.data[column]} + double{epsilon});
  const double sum = add_strips(partial + column * c.strips, c.strips, lane);
  const double product = add_strips(partial + (c.columns + column) * c.strips, c.strips, lane) * inverse;
  if (lane > 0) return;
  const double slope = gamma.data[column] * inverse;
  const double share = training && c.rows > 0 ? slope / static_cast<double>(c.rows) : 0;
  gbeta[column] = static_cast<float>(sum);
  ggamma[column] = static_cast<float>(product);
  a[column] = static_cast<float>(slope);
  b[column] = static_cast<float>(-share * inverse * product);
  k[column] = static_cast<float>(-share * sum);
}

// Block: a strip of rows, the last first; thread: Width columns: gx = g a + (x - mean) b + k. With g masked from gy and
// y 16 bytes of an element, without 12, 4 more where gresidual receives g: 2.8 to 4.7 ps. bfloat16: half of each.
template <class S, int Width, Activation A>
__global__ void __launch_bounds__(kColumnThreads)
    propagate(const S* __restrict__ x, const S* __restrict__ y, const S* __restrict__ gy, S* __restrict__ gx,
              S* __restrict__ gresidual, Columns c, const float* mean, const float* a, const float* b, const float* k) {
  ColumnThread t(c, Width);
  if (!t.active) return;
  const std::int64_t back = std::int64_t{gridDim.y - 1 - blockIdx.y} * c.strip;
  t.end = back + c.strip < c.rows ? back + c.strip : c.rows;
  const Floats<Width> mu = load<Width>(mean + t.column), slope = load<Width>(a + t.column);
  const Floats<Width> by_x = load<Width>(b + t.column), fixed = load<Width>(k + t.column);
#pragma unroll 4
  for (std::int64_t row = back + t.row; row < t.end; row += c.deep) {
    const std::int64_t at = row * c.columns + t.column;
    const Floats<Width> in = load<Width>(x + at);
    Floats<Width> g = load<Width>(gy + at), top = g;
    if constexpr (A != Activation::none) top = load<Width>(y + at);
#pragma unroll
    for (int i = 0; i < Width; ++i) g.at[i] = mask<A>(g.at[i], top.at[i]);
    if (gresidual) store(gresidual + at, g);
#pragma unroll
    for (int i = 0; i < Width; ++i)
      g.at[i] = g.at[i] * slope.at[i] + ((in.at[i] - mu.at[i]) * by_x.at[i] + fixed.at[i]);
    if (gx) store(gx + at, g);
  }
}

template <int Width, class S>
void normalise_rows(Stream& stream, Read<S> x, Read<S> residual, Write<S> y, const float* mean, const float* factor,
                    const float* offset, Activation activation) {
  const Columns c(x.extent[0], x.extent[1], Width, kLeastCopy);
  with_clipping(activation, [&](auto tag) {
    constexpr Activation kA = decltype(tag)::value;
    if (residual)
      launch<normalise<S, Width, kA, true>>(stream, c.grid(), c.block(), std::size_t{0}, x.data, residual.data, y.data,
                                            c, mean, factor, offset);
    else
      launch<normalise<S, Width, kA, false>>(stream, c.grid(), c.block(), std::size_t{0}, x.data, residual.data, y.data,
                                             c, mean, factor, offset);
  });
}

// Both backward passes: in training the statistics depend on x, in inference they are constants.
template <class S>
void backward(Stream& stream, Read<S> x, Read<S> y, Read<S> gy, In<1> gamma, In<1> mean, In<1> variance, Write<S> gx,
              Out<1> ggamma, Out<1> gbeta, Write<S> gresidual, BatchNorm how, bool training) {
  const std::int64_t columns = x.extent[1];
  if (columns == 0) return;
  const Buffer factors(stream.device, static_cast<std::size_t>(3 * columns) * sizeof(float));
  const auto a = static_cast<float*>(factors.data()), b = a + columns, k = b + columns;
  with_width(
      columns,
      [&](auto width) {
        constexpr int kWidth = decltype(width)::value;
        const Columns sums(x.extent[0], columns, kWidth, kLeast), copy(x.extent[0], columns, kWidth, kLeastCopy);
        const Buffer scratch = partial_sums(stream, sums, 2);
        const auto partial = static_cast<double*>(scratch.data());
        // Masked and with a residual, g is wanted anyway: the second pass reads it instead of gy and y.
        const bool kept = gresidual && how.activation != Activation::none;
        with_clipping(how.activation, [&](auto tag) {
          launch<sum_gradients<S, kWidth, decltype(tag)::value>>(stream, sums.grid(), sums.block(), std::size_t{0},
                                                                 x.data, y.data, gy.data, mean.data,
                                                                 kept ? gresidual.data : nullptr, sums, partial);
        });
        launch<finish_gradients>(stream, dim3(blocks_of(columns, kFinishWarps)), dim3(kFinishThreads), std::size_t{0},
                                 partial, sums, gamma, variance, how.epsilon, training, ggamma.data, gbeta.data, a, b,
                                 k);
        if (!gx && (kept || !gresidual)) return;
        with_clipping(kept ? Activation::none : how.activation, [&](auto tag) {
          const S* const g = kept ? gresidual.data : gy.data;
          launch<propagate<S, kWidth, decltype(tag)::value>>(stream, copy.grid(), copy.block(), std::size_t{0}, x.data,
                                                             y.data, g, gx.data, kept ? nullptr : gresidual.data, copy,
                                                             mean.data, a, b, k);
        });
      },
      x.data, y.data, gy.data, mean.data, gx.data, gresidual.data);
}

template <class S>
void train_forward(Stream& stream, Read<S> x, In<1> gamma, In<1> beta, Read<S> residual, Write<S> y, Out<1> mean,
                   Out<1> variance, Out<1> moving_mean, Out<1> moving_variance, float momentum, BatchNorm how) {
  const std::int64_t columns = x.extent[1];
  if (columns == 0) return;
  const float t = 1 - momentum;
  const Buffer factors(stream.device, static_cast<std::size_t>(2 * columns) * sizeof(float));
  const auto factor = static_cast<float*>(factors.data()), offset = factor + columns;
  with_width(
      columns,
      [&](auto width) {
        constexpr int kWidth = decltype(width)::value;
        const Columns c(x.extent[0], columns, kWidth, kLeast);
        const Buffer scratch = partial_sums(stream, c, 2);
        const auto partial = static_cast<double*>(scratch.data());
        launch<sum_moments<S, kWidth>>(stream, c.grid(), c.block(), std::size_t{0}, x.data, c, partial);
        launch<finish_moments<S>>(stream, dim3(blocks_of(columns, kFinishWarps)), dim3(kFinishThreads), std::size_t{0},
                                  x.data, partial, c, gamma, beta, how.epsilon, mean.data, variance.data,
                                  Moving{moving_mean.data, t}, Moving{moving_variance.data, t}, factor, offset);
        normalise_rows<kWidth>(stream, x, residual, y, mean.data, factor, offset, how.activation);
      },
      x.data, residual.data, y.data, mean.data);
}

template <class S>
void infer_forward(Stream& stream, Read<S> x, In<1> gamma, In<1> beta, In<1> mean, In<1> variance, Read<S> residual,
                   Write<S> y, BatchNorm how) {
  const std::int64_t columns = x.extent[1];
  if (y.size() == 0) return;
  const Buffer factors(stream.device, static_cast<std::size_t>(columns) * sizeof(float));
  const auto factor = static_cast<float*>(factors.data());
  launch<given_factors>(stream, dim3(blocks_of(columns, kFinishThreads)), dim3(kFinishThreads), std::size_t{0}, gamma,
                        variance, how.epsilon, factor);
  with_width(
      columns,
      [&](auto width) {
        normalise_rows<decltype(width)::value>(stream, x, residual, y, mean.data, factor, beta.data, how.activation);
      },
      x.data, residual.data, y.data, mean.data, beta.data);
}

}  // namespace

void batch_norm_forward(Stream& stream, In<2> x, In<1> gamma, In<1> beta, In<2> residual, Out<2> y, Out<1> mean,
                        Out<1> variance, Out<1> moving_mean, Out<1> moving_variance, float momentum, BatchNorm how) {
  train_forward(stream, x, gamma, beta, residual, y, mean, variance, moving_mean, moving_variance, momentum, how);
}
void batch_norm_forward(Stream& stream, Read<bf16> x, In<1> gamma, In<1> beta, Read<bf16> residual, Write<bf16> y,
                        Out<1> mean, Out<1> variance, Out<1> moving_mean, Out<1> moving_variance, float momentum,
                        BatchNorm how) {
  train_forward(stream, x, gamma, beta, residual, y, mean, variance, moving_mean, moving_variance, momentum, how);
}

void batch_norm_backward(Stream& stream, In<2> x, In<2> y, In<2> gy, In<1> gamma, In<1> mean, In<1> variance, Out<2> gx,
                         Out<1> ggamma, Out<1> gbeta, Out<2> gresidual, BatchNorm how) {
  backward(stream, x, y, gy, gamma, mean, variance, gx, ggamma, gbeta, gresidual, how, true);
}
void batch_norm_backward(Stream& stream, Read<bf16> x, Read<bf16> y, Read<bf16> gy, In<1> gamma, In<1> mean,
                         In<1> variance, Write<bf16> gx, Out<1> ggamma, Out<1> gbeta, Write<bf16> gresidual,
                         BatchNorm how) {
  backward(stream, x, y, gy, gamma, mean, variance, gx, ggamma, gbeta, gresidual, how, true);
}

void batch_norm_inference_forward(Stream& stream, In<2> x, In<1> gamma, In<1> beta, In<1> mean, In<1> variance,
                                  In<2> residual, Out<2> y, BatchNorm how) {
  infer_forward(stream, x, gamma, beta, mean, variance, residual, y, how);
}
void batch_norm_inference_forward(Stream& stream, Read<bf16> x, In<1> gamma, In<1> beta, In<1> mean, In<1> variance,
                                  Read<bf16> residual, Write<bf16> y, BatchNorm how) {
  infer_forward(stream, x, gamma, beta, mean, variance, residual, y, how);
}

void batch_norm_inference_backward(Stream& stream, In<2> x, In<2> y, In<2> gy, In<1> gamma, In<1> mean, In<1> variance,
                                   Out<2> gx, Out<1> ggamma, Out<1> gbeta, Out<2> gresidual, BatchNorm how) {
  backward(stream, x, y, gy, gamma, mean, variance, gx, ggamma, gbeta, gresidual, how, false);
}
void batch_norm_inference_backward(Stream& stream, Read<bf16> x, Read<bf16> y, Read<bf16> gy, In<1> gamma, In<1> mean,
                                   In<1> variance, Write<bf16> gx, Out<1> ggamma, Out<1> gbeta, Write<bf16> gresidual,
                                   BatchNorm how) {
  backward(stream, x, y, gy, gamma, mean, variance, gx, ggamma, gbeta, gresidual, how, false);
}

}  // namespace mueca::MUECA_CUDA
