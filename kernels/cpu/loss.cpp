// Losses of rows of logits, each with its gradient.
#include <cmath>

#include "core/kernel_list.h"
#include "kernels/cpu/exponential.h"
#include "kernels/cpu/strips.h"

namespace mueca::cpu {

// Each row: loss = sum t (log sum exp(x) - x), gx = (softmax(x) * sum t - t) / M.
void softmax_cross_entropy(Stream&, In<2> x, In<2> t, Out<1> loss, Out<2> gx) {
  const Index rows = x.extent[0], k = x.extent[1];
  const float share = 1 / static_cast<float>(rows);
  parallel_for(rows, grain_of_rows(k * 16), [&](Index begin, Index end) {
    for (Index m = begin; m < end; ++m) {
      const float *in = x.data + m * k, *target = t.data + m * k;
      float *out = gx.data + m * k, sum = 0, weight = 0;
      const float top = *std::max_element(in, in + k);
      for (Index i = 0; i < k; ++i) sum += out[i] = exponential(in[i] - top), weight += target[i];
      const float log_sum = std::log(sum);
      float l = 0;
      for (Index i = 0; i < k; ++i) {
        l += target[i] * (log_sum - (in[i] - top));
        out[i] = (out[i] / sum * weight - target[i]) * share;
      }
      loss.data[m] = l;
    }
  });
}

// Each row: loss = sum max(0, 1 - s x)^2 with s = +1 where t > 0.5 and -1 elsewhere; gx is that of the mean over rows.
void squared_hinge(Stream&, In<2> x, In<2> t, Out<1> loss, Out<2> gx) {
  const Index rows = x.extent[0], k = x.extent[1];
  const float share = -2 / static_cast<float>(rows);
  parallel_for(rows, grain_of_rows(k * 4), [&](Index begin, Index end) {
    for (Index m = begin; m < end; ++m) {
      float l = 0;
      for (Index i = m * k; i < (m + 1) * k; ++i) {
        const float sign = t.data[i] > 0.5f ? 1.0f : -1.0f, gap = 1 - sign * x.data[i];
        const float slack = gap < 0 ? 0 : gap;
        l += slack * slack;
        gx.data[i] = share * sign * slack;
      }
      loss.data[m] = l;
    }
  });
}

}  // namespace mueca::cpu
