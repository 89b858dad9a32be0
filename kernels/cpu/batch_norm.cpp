// Batch normalisation over rows, with the activation and the residual sum in the same pass.
#include <cmath>

#include "core/kernel_list.h"
#include "kernels/cpu/pointwise.h"
#include "kernels/cpu/strips.h"

namespace mueca::cpu {
namespace {

// Rows that are summed in float before their sums go into doubles.
Index rows_of_block(Index columns) { return std::clamp<Index>(kGrain / std::max<Index>(columns, 1), 8, 256); }

// Adds sum(x) and sum(x^2) of rows [begin, end) to `sum` and `square`. Floats only ever hold distances from a pivot
// near the block's mean, so that a mean far from zero costs no digits.
void add_moments(In<2> x, Index begin, Index end, double* sum, double* square) {
  const Index columns = x.extent[1], block = rows_of_block(columns);
  std::vector<float> buffer(static_cast<std::size_t>(3 * columns));
  float* __restrict pivot = buffer.data();
  float* __restrict s = pivot + columns;
  float* __restrict q = s + columns;
  for (Index from = begin; from < end; from += block) {
    const Index rows = std::min(block, end - from), few = std::min<Index>(rows, 8);
    const float* __restrict in = x.data + from * columns;
    std::fill(buffer.begin(), buffer.end(), 0.0f);
    for (Index r = 0; r < few; ++r)
      for (Index c = 0; c < columns; ++c) pivot[c] += in[r * columns + c];
    for (Index c = 0; c < columns; ++c) pivot[c] /= static_cast<float>(few);
    for (Index r = 0; r < rows; ++r)
      for (Index c = 0; c < columns; ++c) {
        const float d = in[r * columns + c] - pivot[c];
        s[c] += d;
        q[c] += d * d;
      }
    const double count = static_cast<double>(rows);
    for (Index c = 0; c < columns; ++c) {
      const double at = pivot[c], sc = s[c];
      sum[c] += count * at + sc;
      square[c] += q[c] + at * (2 * sc + count * at);
    }
  }
}

// Adds sum(g) and sum(g * (x - mean)) of rows [begin, end), g being gy where the activation lets it through.
template <Activation A>
void add_gradients(In<2> x, In<2> y, In<2> gy, const float* __restrict mean, Index begin, Index end, double* sum_g,
                   double* sum_gx) {
  const Index columns = x.extent[1], block = rows_of_block(columns);
  std::vector<float> buffer(static_cast<std::size_t>(2 * columns));
  float* __restrict s = buffer.data();
  float* __restrict q = s + columns;
  for (Index from = begin; from < end; from += block) {
    const Index rows = std::min(block, end - from);
    std::fill(buffer.begin(), buffer.end(), 0.0f);
    for (Index r = from; r < from + rows; ++r) {
      const float* __restrict px = x.data + r * columns;
      const float* __restrict py = y.data + r * columns;
      const float* __restrict pg = gy.data + r * columns;
      for (Index c = 0; c < columns; ++c) {
        const float g = mask<A>(pg[c], py[c]);
        s[c] += g;
        q[c] += g * (px[c] - mean[c]);
      }
    }
    for (Index c = 0; c < columns; ++c) sum_g[c] += s[c], sum_gx[c] += q[c];
  }
}

// y = act((x - mean) * factor + offset [+ residual]), all per column.
void normalise(In<2> x, const float* mean, const float* factor, const float* offset, In<2> residual, Out<2> y,
               Activation activation) {
  const Index columns = x.extent[1];
  with_clipping(activation, [&](auto a) {
    parallel_for(x.extent[0], grain_of_rows(columns), [&](Index begin, Index end) {
      for (Index r = begin; r < end; ++r) {
        const float* __restrict px = x.data + r * columns;
        const float* __restrict res = residual ? residual.data + r * columns : nullptr;
        float* __restrict py = y.data + r * columns;
        if (res)
          for (Index c = 0; c < columns; ++c)
            py[c] = activate<a.value>((px[c] - mean[c]) * factor[c] + (offset[c] + res[c]));
        else
          for (Index c = 0; c < columns; ++c) py[c] = activate<a.value>((px[c] - mean[c]) * factor[c] + offset[c]);
      }
    });
  });
}

double inverse_deviation(float variance, float epsilon) {
  return 1 / std::sqrt(static_cast<double>(variance) + static_cast<double>(epsilon));
}

// gresidual = g and gx = g * a + (x - mean) * b + c with per-column a, b, c; g as in add_gradients.
void propagate(In<2> x, In<2> y, In<2> gy, const float* mean, const float* a, const float* b, const float* c, Out<2> gx,
               Out<2> gresidual, Activation activation) {
  const Index columns = gy.extent[1];
  with_clipping(activation, [&](auto tag) {
    parallel_for(gy.extent[0], grain_of_rows(columns), [&](Index begin, Index end) {
      for (Index r = begin; r < end; ++r) {
        const float* __restrict px = x.data + r * columns;
        const float* __restrict py = y.data + r * columns;
        const float* __restrict pg = gy.data + r * columns;
        if (gx) {
          float* __restrict out = gx.data + r * columns;
          for (Index i = 0; i < columns; ++i)
            out[i] = mask<tag.value>(pg[i], py[i]) * a[i] + ((px[i] - mean[i]) * b[i] + c[i]);
        }
        if (gresidual) {
          float* __restrict out = gresidual.data + r * columns;
          for (Index i = 0; i < columns; ++i) out[i] = mask<tag.value>(pg[i], py[i]);
        }
      }
    });
  });
}

// Both backward passes: in training the statistics depend on x, in inference they are constants.
void backward(In<2> x, In<2> y, In<2> gy, In<1> gamma, In<1> mean, In<1> variance, Out<2> gx, Out<1> ggamma,
              Out<1> gbeta, Out<2> gresidual, BatchNorm how, bool training) {
  const Index columns = x.extent[1];
  std::vector<double> sums;
  with_clipping(how.activation, [&](auto tag) {
    sums = column_sums(x.extent[0], columns, [&](Index begin, Index end, double* g, double* gx_sum) {
      add_gradients<tag.value>(x, y, gy, mean.data, begin, end, g, gx_sum);
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
  if (gx || gresidual) propagate(x, y, gy, mean.data, a, b, k, gx, gresidual, how.activation);
}

}  // namespace

// Statistics of the batch in one pass, then y in a second.
void batch_norm_forward(Stream&, In<2> x, In<1> gamma, In<1> beta, In<2> residual, Out<2> y, Out<1> mean,
                        Out<1> variance, BatchNorm how) {
  const Index columns = x.extent[1];
  const double rows = static_cast<double>(std::max<Index>(x.extent[0], 1));
  const std::vector<double> sums = column_sums(
      x.extent[0], columns,
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
  normalise(x, mean.data, factor, offset, residual, y, how.activation);
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
  normalise(x, mean.data, factor.data(), beta.data, residual, y, how.activation);
}

// The same with constant statistics: gx = gamma / sd * g.
void batch_norm_inference_backward(Stream&, In<2> x, In<2> y, In<2> gy, In<1> gamma, In<1> mean, In<1> variance,
                                   Out<2> gx, Out<1> ggamma, Out<1> gbeta, Out<2> gresidual, BatchNorm how) {
  backward(x, y, gy, gamma, mean, variance, gx, ggamma, gbeta, gresidual, how, false);
}

}  // namespace mueca::cpu
