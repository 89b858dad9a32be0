// Batch normalisation over rows [M, C], with the activation and the residual sum in the same pass. A thread takes four
// columns, 16 bytes or 8 of bfloat16: with eight it would need the registers of the warps and loads that keep memory
// busy (nvcc 13.0 for sm_90a: `normalise` 45 to 52 and some spilled instead of 32 to 38, `sum_gradients` 80 and some
// spilled instead of 60 to 62).
#include "kernels/cuda/batch_norm.cuh"

namespace mueca::MUECA_CUDA {
namespace {

constexpr int kFinishThreads = 256, kFinishWarps = kFinishThreads / 32;
constexpr int kLeast = 16, kLeastCopy = 4;  // rows of a thread that sums, that only copies

// Blocks of a multiprocessor that registers must suffice for; left to itself, ptxas takes 72 of them for bfloat16.
template <class S>
[[maybe_unused]] inline constexpr int kMomentBlocks = sizeof(S) == 4 ? 0 : 4;

// Block: a strip of rows; thread: Width columns of every deep-th row: sum(x - pivot) and sum((x - pivot)^2). 4 bytes
// (bfloat16: 2) and 4 operations of an element: 0.9 ps (0.5) at 4.3 TB/s.
template <class S, int Width>
__global__ void __launch_bounds__(kColumnThreads, kMomentBlocks<S>)
    sum_moments(const S* __restrict__ x, Columns c, double* partial) {
  const ColumnThread t(c, Width);
  double sum[Width] = {}, square[Width] = {};
  if (t.active) moments_of(x, c, t, sum, square);
  add_rows(c, t, sum);
  put_partial(c, t, 0, sum, partial);
  add_rows(c, t, square);
  put_partial(c, t, 1, square, partial);
}

// Warp: a column's strips.
template <class S>
__global__ void __launch_bounds__(kFinishThreads)
    finish_moments(const S* x, const double* partial, Columns c, Statistics to, float* factor, float* offset) {
  const std::int64_t column = std::int64_t{blockIdx.x} * kFinishWarps + threadIdx.x / 32;
  if (column >= c.columns) return;
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const double sum = add_strips(partial + column * c.strips, c.strips, lane);
  const double square = add_strips(partial + (c.columns + column) * c.strips, c.strips, lane);
  if (lane > 0) return;
  const Affine y = finish(to, x, c, column, sum, square);
  factor[column] = y.factor, offset[column] = y.offset;
}

// Thread: a column of statistics that are given.
__global__ void __launch_bounds__(kFinishThreads)
    given_factors(In<1> gamma, In<1> variance, float epsilon, float* factor) {
  const std::int64_t c = std::int64_t{blockIdx.x} * kFinishThreads + threadIdx.x;
  if (c < gamma.extent[0])
    factor[c] = static_cast<float>(gamma.data[c] / sqrt(double{variance.data[c]} + double{epsilon}));
}

// A block's strip counted from the last, because that is what the L2 cache still holds of x.
__device__ inline ColumnThread from_the_last(const Columns& c, int width) {
  ColumnThread t(c, width);
  const std::int64_t back = std::int64_t{gridDim.y - 1 - blockIdx.y} * c.strip;
  t.first = back + t.row;
  t.end = back + c.strip < c.rows ? back + c.strip : c.rows;
  return t;
}

// Block: a strip of rows, the last first; thread: Width columns, its factors in registers. 8 bytes (12 with a residual)
// and 4 operations of an element: 1.9 (2.8) ps; with the sums before it 2.8 (3.7) ps. bfloat16: half the bytes and the
// time.
template <class S, int Width, Activation A, bool Residual>
__global__ void __launch_bounds__(kColumnThreads)
    normalise(const S* __restrict__ x, const S* __restrict__ residual, S* __restrict__ y, Columns c, const float* mean,
              const float* factor, const float* offset) {
  const ColumnThread t = from_the_last(c, Width);
  if (!t.active) return;
  normalise_rows<Width, A, Residual>(x, residual, y, c, t, load<Width>(mean + t.column), load<Width>(factor + t.column),
                                     load<Width>(offset + t.column));
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
  if (t.active) gradients_of<Width, A>(x, y, gy, kept, c, t, load<Width>(mean + t.column), sum, product);
  add_rows(c, t, sum);
  put_partial(c, t, 0, sum, partial);
  add_rows(c, t, product);
  put_partial(c, t, 1, product, partial);
}

// Warp: a column's strips.
__global__ void __launch_bounds__(kFinishThreads)
    finish_gradients(const double* partial, Columns c, Parameters to, float* a, float* b, float* k) {
  const std::int64_t column = std::int64_t{blockIdx.x} * kFinishWarps + threadIdx.x / 32;
  if (column >= c.columns) return;
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const double sum = add_strips(partial + column * c.strips, c.strips, lane);
  const double moment = add_strips(partial + (c.columns + column) * c.strips, c.strips, lane);
  if (lane > 0) return;
  const Slopes gx = finish(to, c, column, sum, moment);
  a[column] = gx.a, b[column] = gx.b, k[column] = gx.k;
}

// Block: a strip of rows, the last first; thread: Width columns: gx = g a + (x - mean) b + k. With g masked from gy and
// y 16 bytes of an element, without 12, 4 more where gresidual receives g: 2.8 to 4.7 ps. bfloat16: half of each.
template <class S, int Width, Activation A>
__global__ void __launch_bounds__(kColumnThreads)
    propagate(const S* __restrict__ x, const S* __restrict__ y, const S* __restrict__ gy, S* __restrict__ gx,
              S* __restrict__ gresidual, Columns c, const float* mean, const float* a, const float* b, const float* k) {
  const ColumnThread t = from_the_last(c, Width);
  if (!t.active) return;
  propagate_rows<Width, A>(x, y, gy, gx, gresidual, c, t, load<Width>(mean + t.column), load<Width>(a + t.column),
                           load<Width>(b + t.column), load<Width>(k + t.column));
}

template <int Width, class S>
void normalise_all(Stream& stream, Read<S> x, Read<S> residual, Write<S> y, const float* mean, const float* factor,
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
  const Parameters to{gamma, variance, how.epsilon, training, ggamma.data, gbeta.data};
  if (training && x.extent[0] <= kSmallRows)
    return backward_small(stream, x, y, gy, mean, gx, gresidual, to, how.activation);
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
                                 partial, sums, to, a, b, k);
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
  const Statistics to{
      gamma, beta, how.epsilon, mean.data, variance.data, Moving{moving_mean.data, t}, Moving{moving_variance.data, t}};
  if (x.extent[0] <= kSmallRows) return train_small(stream, x, residual, y, to, how.activation);
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
                                  x.data, partial, c, to, factor, offset);
        normalise_all<kWidth>(stream, x, residual, y, mean.data, factor, offset, how.activation);
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
        normalise_all<decltype(width)::value>(stream, x, residual, y, mean.data, factor, beta.data, how.activation);
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
