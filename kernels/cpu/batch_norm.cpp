// Batch normalisation over rows, with the activation and the residual sum in the same pass.
#include <cmath>

#include "core/kernel_list.h"
#include "kernels/cpu/pointwise.h"
#include "kernels/cpu/strips.h"

namespace mueca::cpu {
namespace {

// Rows that are summed in float before their sums go into doubles.
Index rows_of_block(Index columns) { return std::clamp<Index>(kGrain / std::max<Index>(columns, 1), 32, 256); }

// s += x - pivot and q += (x - pivot)^2, column by column over `rows` rows, four at a time.
void sum_block(const float* x, Index rows, Index columns, const float* pivot, float* s, float* q) {
  for (; rows >= 4; rows -= 4, x += 4 * columns) {
#pragma omp simd
    for (Index c = 0; c < columns; ++c) {
      const float d0 = x[c] - pivot[c], d1 = x[columns + c] - pivot[c];
      const float d2 = x[2 * columns + c] - pivot[c], d3 = x[3 * columns + c] - pivot[c];
      s[c] += (d0 + d1) + (d2 + d3);
      q[c] += (d0 * d0 + d1 * d1) + (d2 * d2 + d3 * d3);
    }
  }
  for (; rows > 0; --rows, x += columns) {
#pragma omp simd
    for (Index c = 0; c < columns; ++c) {
      const float d = x[c] - pivot[c];
      s[c] += d;
      q[c] += d * d;
    }
  }
}

// Adds sum(x) and sum(x^2) of rows [begin, end) to `sum` and `square`. Floats only ever hold distances from a pivot, so
// that a mean far from zero costs no digits: the mean of the first rows, then that of the block before.
void add_moments(In<2> x, Index begin, Index end, double* sum, double* square) {
  const Index columns = x.extent[1], block = rows_of_block(columns), few = std::min<Index>(end - begin, 8);
  std::vector<float> buffer(static_cast<std::size_t>(3 * columns));
  float *pivot = buffer.data(), *s = pivot + columns, *q = s + columns;
  for (Index r = begin; r < begin + few; ++r)
    for (Index c = 0; c < columns; ++c) pivot[c] += x.data[r * columns + c] / static_cast<float>(few);
  for (Index from = begin; from < end; from += block) {
    const Index rows = std::min(block, end - from);
    std::fill(s, s + 2 * columns, 0.0f);
    sum_block(x.data + from * columns, rows, columns, pivot, s, q);
    const double count = static_cast<double>(rows);
#pragma omp simd
    for (Index c = 0; c < columns; ++c) {
      const double at = pivot[c], sc = s[c];
      sum[c] += count * at + sc;
      square[c] += q[c] + at * (2 * sc + count * at);
      pivot[c] += s[c] / static_cast<float>(rows);
    }
  }
}

// Adds sum(g) and sum(g * (x - mean)) of rows [begin, end), g being gy where the activation lets it through, and
// leaves g in `kept` (if given) when the activation has a mask: the second pass then reads g alone, not gy and y.
template <Activation A>
void add_gradients(In<2> x, In<2> y, In<2> gy, const float* mean, float* kept, Index begin, Index end, double* sum_g,
                   double* sum_gx) {
  const Index columns = x.extent[1], block = rows_of_block(columns);
  std::vector<float> buffer(static_cast<std::size_t>(3 * columns));
  float *s = buffer.data(), *q = s + columns, *nowhere = q + columns;
  for (Index from = begin; from < end; from += block) {
    std::fill(s, s + 2 * columns, 0.0f);
    for (Index r = from; r < std::min(from + block, end); ++r) {
      const float *px = x.data + r * columns, *py = y.data + r * columns, *pg = gy.data + r * columns;
      float* out = kept ? kept + r * columns : nowhere;
#pragma omp simd
      for (Index c = 0; c < columns; ++c) {
        const float g = mask<A>(pg[c], py[c]);
        if constexpr (A != Activation::none) out[c] = g;
        s[c] += g;
        q[c] += g * (px[c] - mean[c]);
      }
    }
#pragma omp simd
    for (Index c = 0; c < columns; ++c) sum_g[c] += s[c], sum_gx[c] += q[c];
  }
}

// y = act((x - mean) * factor + offset [+ residual]) on rows [begin, end), everything else per column.
template <Activation A>
void normalise_rows(In<2> x, const float* mean, const float* factor, const float* offset, In<2> residual, Out<2> y,
                    Index begin, Index end) {
  const Index columns = x.extent[1];
  for (Index r = begin; r < end; ++r) {
    const float *px = x.data + r * columns, *res = residual ? residual.data + r * columns : nullptr;
    float* py = y.data + r * columns;
    if (res) {
#pragma omp simd
      for (Index c = 0; c < columns; ++c) py[c] = activate<A>((px[c] - mean[c]) * factor[c] + (offset[c] + res[c]));
    } else {
#pragma omp simd
      for (Index c = 0; c < columns; ++c) py[c] = activate<A>((px[c] - mean[c]) * factor[c] + offset[c]);
    }
  }
}

double inverse_deviation(float variance, float epsilon) {
  return 1 / std::sqrt(static_cast<double>(variance) + static_cast<double>(epsilon));
}

// gx = g * a + (x - mean) * b + k on rows [begin, end), with a, b and k per column; gx may be g.
void propagate_rows(In<2> x, const float* g, const float* mean, const float* a, const float* b, const float* k,
                    Out<2> gx, Index begin, Index end) {
  const Index columns = x.extent[1];
  for (Index r = begin; r < end; ++r) {
    const float *px = x.data + r * columns, *pg = g + r * columns;
    float* out = gx.data + r * columns;
#pragma omp simd
    for (Index c = 0; c < columns; ++c) out[c] = pg[c] * a[c] + ((px[c] - mean[c]) * b[c] + k[c]);
  }
}

// Both backward passes: in training the statistics depend on x, in inference they are constants.
void backward(In<2> x, In<2> y, In<2> gy, In<1> gamma, In<1> mean, In<1> variance, Out<2> gx, Out<1> ggamma,
              Out<1> gbeta, Out<2> gresidual, BatchNorm how, bool training) {
  const Index columns = x.extent[1];
  const Strips strips = strips_of_rows(x.extent[0], columns);
  const bool masked = how.activation != Activation::none;
  float* const kept = gresidual ? gresidual.data : gx.data;  // gresidual is g itself
  std::vector<double> sums;
  with_clipping(how.activation, [&](auto act) {
    sums = column_sums(strips, columns, [&](Index begin, Index end, double* g, double* gx_sum) {
      add_gradients<act.value>(x, y, gy, mean.data, kept, begin, end, g, gx_sum);
    });
  });
  std::vector<float> factors(static_cast<std::size_t>(3 * columns));
  float *a = factors.data(), *b = a + columns, *k = b + columns;
  for (Index c = 0; c < columns; ++c) {
    const double inverse = inverse_deviation(variance.data[c], how.epsilon), slope = gamma.data[c] * inverse;
    const double sum_g = sums[static_cast<std::size_t>(c)];
    const double sum_gx = sums[static_cast<std::size_t>(columns + c)] * inverse;
    const double share = training && x.extent[0] > 0 ? slope / static_cast<double>(x.extent[0]) : 0;
    gbeta.data[c] = static_cast<float>(sum_g);
    ggamma.data[c] = static_cast<float>(sum_gx);
    a[c] = static_cast<float>(slope);
    b[c] = static_cast<float>(-share * inverse * sum_gx);
    k[c] = static_cast<float>(-share * sum_g);
  }
  const float* const g = masked ? kept : gy.data;
  walk_back(strips, [&](Index begin, Index end) {
    if (gx) propagate_rows(x, g, mean.data, a, b, k, gx, begin, end);
    if (gresidual && !masked) std::copy(g + begin * columns, g + end * columns, gresidual.data + begin * columns);
  });
}

}  // namespace

// Statistics of the batch in one pass, then y in a second.
void batch_norm_forward(Stream& stream, In<2> x, In<1> gamma, In<1> beta, In<2> residual, Out<2> y, Out<1> mean,
                        Out<1> variance, Out<1> moving_mean, Out<1> moving_variance, float momentum, BatchNorm how) {
  const Index columns = x.extent[1];
  const double rows = static_cast<double>(std::max<Index>(x.extent[0], 1));
  const Strips strips = strips_of_rows(x.extent[0], columns);
  const std::vector<double> sums = column_sums(
      strips, columns,
      [&](Index begin, Index end, double* sum, double* square) { add_moments(x, begin, end, sum, square); });
  std::vector<float> factors(static_cast<std::size_t>(2 * columns));
  float *factor = factors.data(), *offset = factor + columns;
  for (Index c = 0; c < columns; ++c) {
    const double mu = sums[static_cast<std::size_t>(c)] / rows;
    const double square = sums[static_cast<std::size_t>(columns + c)] / rows;
    mean.data[c] = static_cast<float>(mu);
    variance.data[c] = static_cast<float>(std::max(square - mu * mu, 0.0));
    const double slope = gamma.data[c] * inverse_deviation(variance.data[c], how.epsilon);
    factor[c] = static_cast<float>(slope);
    // What rounding took from the mean goes into the offset.
    offset[c] = static_cast<float>(beta.data[c] + (static_cast<double>(mean.data[c]) - mu) * slope);
  }
  if (moving_mean) lerp(stream, mean, {}, 1 - momentum, moving_mean);
  if (moving_variance) lerp(stream, variance, {}, 1 - momentum, moving_variance);
  with_clipping(how.activation, [&](auto act) {
    walk_back(strips, [&](Index begin, Index end) {
      normalise_rows<act.value>(x, mean.data, factor, offset, residual, y, begin, end);
    });
  });
}

// gbeta and ggamma in one pass, gx and gresidual in a second:
// gx = gamma / sd * (g - mean(g) - xhat * mean(g * xhat)).
void batch_norm_backward(Stream&, In<2> x, In<2> y, In<2> gy, In<1> gamma, In<1> mean, In<1> variance, Out<2> gx,
                         Out<1> ggamma, Out<1> gbeta, Out<2> gresidual, BatchNorm how) {
  backward(x, y, gy, gamma, mean, variance, gx, ggamma, gbeta, gresidual, how, true);
}

// y with given statistics.
void batch_norm_inference_forward(Stream&, In<2> x, In<1> gamma, In<1> beta, In<1> mean, In<1> variance, In<2> residual,
                                  Out<2> y, BatchNorm how) {
  const Index columns = x.extent[1];
  std::vector<float> factor(static_cast<std::size_t>(columns));
  for (Index c = 0; c < columns; ++c)
    factor[static_cast<std::size_t>(c)] =
        static_cast<float>(gamma.data[c] * inverse_deviation(variance.data[c], how.epsilon));
  with_clipping(how.activation, [&](auto act) {
    parallel_for(x.extent[0], grain_of_rows(columns), [&](Index begin, Index end) {
      normalise_rows<act.value>(x, mean.data, factor.data(), beta.data, residual, y, begin, end);
    });
  });
}

// The same with constant statistics: gx = gamma / sd * g.
void batch_norm_inference_backward(Stream&, In<2> x, In<2> y, In<2> gy, In<1> gamma, In<1> mean, In<1> variance,
                                   Out<2> gx, Out<1> ggamma, Out<1> gbeta, Out<2> gresidual, BatchNorm how) {
  backward(x, y, gy, gamma, mean, variance, gx, ggamma, gbeta, gresidual, how, false);
}

}  // namespace mueca::cpu
