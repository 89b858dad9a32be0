// What a thread of batch normalisation does with its columns of [M, C]: the sums, the statistics and factors that
// follow from them, the pass over rows; one launch each (batch_norm.cu) or all in one (batch_norm_small.cu).
#pragma once
#include <cmath>

#include "kernels/cuda/activate.cuh"
#include "kernels/cuda/columns.cuh"

namespace mueca::MUECA_CUDA {

inline constexpr int kRun = 16;  // terms of a float sum before it goes into a double
inline constexpr int kPivotRows = 8;

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

// A thread's rows of Width columns: sum(x - pivot) and sum((x - pivot)^2).
template <int Width, class S>
__device__ void moments_of(const S* __restrict__ x, const Columns& c, const ColumnThread& t, double (&sum)[Width],
                           double (&square)[Width]) {
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

// A statistic that follows the batch's: value += t (batch - value); absent, it stays where it is.
struct Moving {
  float* value;
  float t;
  __device__ void follow(std::int64_t column, float batch) const {
    if (value) value[column] += t * (batch - value[column]);
  }
};

// A batch's statistics [C], and what they are made with.
struct Statistics {
  In<1> gamma, beta;
  float epsilon;
  float *mean, *variance;
  Moving moving_mean, moving_variance;
};

// y = (x - mean) factor + offset, where the offset takes in what rounding took from the mean.
struct Affine {
  float mean, factor, offset;
};

// A column's statistics from its sums; the moving ones follow here, so that no launch is theirs alone.
template <class S>
__device__ Affine finish(const Statistics& to, const S* x, const Columns& c, std::int64_t column, double sum,
                         double square) {
  const double rows = c.rows > 0 ? static_cast<double>(c.rows) : 1, shift = sum / rows;
  const double mu = pivot_of<1>(x, c.rows, c.columns, column).at[0] + shift;
  const double spread = square / rows - shift * shift;
  const float mean = static_cast<float>(mu), variance = static_cast<float>(spread > 0 ? spread : 0);
  to.mean[column] = mean, to.variance[column] = variance;
  to.moving_mean.follow(column, mean), to.moving_variance.follow(column, variance);
  const double slope = to.gamma.data[column] / sqrt(double{variance} + double{to.epsilon});
  return {mean, static_cast<float>(slope), static_cast<float>(to.beta.data[column] + (double{mean} - mu) * slope)};
}

// A thread's rows of y = act((x - mu) a + b [+ residual]).
template <int Width, Activation A, bool Residual, class S>
__device__ void normalise_rows(const S* __restrict__ x, const S* __restrict__ residual, S* __restrict__ y,
                               const Columns& c, const ColumnThread& t, const Floats<Width>& mu, const Floats<Width>& a,
                               const Floats<Width>& b) {
#pragma unroll 4
  for (std::int64_t row = t.first; row < t.end; row += c.deep) {
    const std::int64_t at = row * c.columns + t.column;
    Floats<Width> v = load<Width>(x + at), r = all<Width>(0);
    if constexpr (Residual) r = load<Width>(residual + at);
#pragma unroll
    for (int k = 0; k < Width; ++k)
      v.at[k] = activate<A>((v.at[k] - mu.at[k]) * a.at[k] + (Residual ? b.at[k] + r.at[k] : b.at[k]));
    store(y + at, v);
  }
}

// A thread's rows of Width columns: sum(g) and sum(g (x - mu)), g being gy where the activation lets it through;
// `kept`, if given, receives g.
template <int Width, Activation A, class S>
__device__ void gradients_of(const S* __restrict__ x, const S* __restrict__ y, const S* __restrict__ gy,
                             S* __restrict__ kept, const Columns& c, const ColumnThread& t, const Floats<Width>& mu,
                             double (&sum)[Width], double (&product)[Width]) {
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

// gradients [C], and what they are made with; in inference the statistics are constants.
struct Parameters {
  In<1> gamma, variance;
  float epsilon;
  bool training;
  float *ggamma, *gbeta;
};

// gx = g a + (x - mean) b + k.
struct Slopes {
  float a, b, k;
};

// A column's gbeta and ggamma from sum(g) and sum(g (x - mean)).
__device__ inline Slopes finish(const Parameters& to, const Columns& c, std::int64_t column, double sum,
                                double moment) {
  const double inverse = 1 / sqrt(double{to.variance.data[column]} + double{to.epsilon}), product = moment * inverse;
  const double slope = to.gamma.data[column] * inverse;
  const double share = to.training && c.rows > 0 ? slope / static_cast<double>(c.rows) : 0;
  to.gbeta[column] = static_cast<float>(sum);
  to.ggamma[column] = static_cast<float>(product);
  return {static_cast<float>(slope), static_cast<float>(-share * inverse * product), static_cast<float>(-share * sum)};
}

// A thread's rows of gx = g a + (x - mu) b + k, and g itself where the residual's gradient is wanted.
template <int Width, Activation A, class S>
__device__ void propagate_rows(const S* __restrict__ x, const S* __restrict__ y, const S* __restrict__ gy,
                               S* __restrict__ gx, S* __restrict__ gresidual, const Columns& c, const ColumnThread& t,
                               const Floats<Width>& mu, const Floats<Width>& a, const Floats<Width>& b,
                               const Floats<Width>& k) {
#pragma unroll 4
  for (std::int64_t row = t.first; row < t.end; row += c.deep) {
    const std::int64_t at = row * c.columns + t.column;
    const Floats<Width> in = load<Width>(x + at);
    Floats<Width> g = load<Width>(gy + at), top = g;
    if constexpr (A != Activation::none) top = load<Width>(y + at);
#pragma unroll
    for (int i = 0; i < Width; ++i) g.at[i] = mask<A>(g.at[i], top.at[i]);
    if (gresidual) store(gresidual + at, g);
#pragma unroll
    for (int i = 0; i < Width; ++i) g.at[i] = g.at[i] * a.at[i] + ((in.at[i] - mu.at[i]) * b.at[i] + k.at[i]);
    if (gx) store(gx + at, g);
  }
}

// Training in one launch each way (batch_norm_small.cu), up to the rows that 6x6 maps of 64 images or 3x3 maps of 256
// have.
inline constexpr std::int64_t kSmallRows = 2304;
template <class S>
void train_small(Stream& stream, Read<S> x, Read<S> residual, Write<S> y, const Statistics& to, Activation activation);
template <class S>
void backward_small(Stream& stream, Read<S> x, Read<S> y, Read<S> gy, In<1> mean, Write<S> gx, Write<S> gresidual,
                    const Parameters& to, Activation activation);

}  // namespace mueca::MUECA_CUDA
