#include "apps/embed/matrix.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <vector>

#include "core/kernels.h"
#include "core/ops.h"
#include "core/parallel.h"

namespace mueca {
namespace {

constexpr float kLargest = 1e15f;

// Which products the convolution kernels compute on matrix units, where the machine has them (kernels/cpu/conv2d.cpp);
// the others are faster as plain products.
bool wide(Index c, Index k) { return std::min(c, k) >= 160 && c * k >= 160 * 320; }

View<float, 4> as_image(const Tensor& t) { return t.reshaped({1, t.extent(0), 1, t.extent(1)}).view<float, 4>(); }
View<float, 4> as_filter(const Tensor& t) { return t.reshaped({1, 1, t.extent(0), t.extent(1)}).view<float, 4>(); }

}  // namespace

View<const float, 2> check_matrix(std::string_view who, const Tensor& x) {
  check(x.defined() && x.dtype() == DType::f32 && x.shape().rank() == 2 && x.size() > 0, who,
        ": x must be float32 [N, D] with at least one row and column, got ",
        x.defined() ? str(name_of(x.dtype()), " ", x.shape()) : std::string("nothing"));
  const auto values = x.span<const float>();
  std::atomic<Index> first{x.size()};
  parallel_for(x.size(), 1 << 18, [&](Index begin, Index end) {
    for (Index at = begin; at < end; at += 4096) {
      const Index stop = std::min(end, at + 4096);
      int bad = 0;
      for (Index i = at; i < stop; ++i) bad |= !(std::fabs(values[static_cast<std::size_t>(i)]) <= kLargest);
      if (!bad) continue;
      Index i = at;
      while (std::fabs(values[static_cast<std::size_t>(i)]) <= kLargest) ++i;
      Index known = first.load();
      while (i < known && !first.compare_exchange_weak(known, i)) continue;
      return;
    }
  });
  const Index bad = first.load(), d = x.extent(1);
  check(bad == x.size(), who, ": x must hold finite numbers up to ", kLargest, ", got ",
        bad < x.size() ? values[static_cast<std::size_t>(bad)] : 0.0f, " in row ", bad / d, ", column ", bad % d);
  return x.view<const float, 2>();
}

Tensor column_means(View<const float, 2> x) {
  constexpr Index kRows = 512;
  const Index n = x.extent[0], d = x.extent[1], blocks = (n + kRows - 1) / kRows;
  std::vector<double> partial(static_cast<std::size_t>(blocks * d));  // [blocks, D]
  parallel_for(blocks, 1, [&](Index begin, Index end) {
    for (Index block = begin; block < end; ++block) {
      double* const sum = partial.data() + block * d;
      for (Index i = block * kRows; i < std::min(n, (block + 1) * kRows); ++i) {
        const float* const row = x.data + i * d;
#pragma omp simd
        for (Index j = 0; j < d; ++j) sum[j] += static_cast<double>(row[j]);
      }
    }
  });
  Tensor mean({d});
  for (Index j = 0; j < d; ++j) {
    double sum = 0;
    for (Index block = 0; block < blocks; ++block) sum += partial[static_cast<std::size_t>(block * d + j)];
    mean.data()[j] = static_cast<float>(sum / static_cast<double>(n));
  }
  return mean;
}

Tensor centred_block(View<const float, 2> x, const Tensor& mean, Index begin, Index count, Index column, Index width) {
  Tensor out({count, width});
  const float* const m = mean.data() + column;
  for (Index i = 0; i < count; ++i) {
    const float* const from = x.data + (begin + i) * x.extent[1] + column;
    float* const to = out.data() + i * width;
#pragma omp simd
    for (Index j = 0; j < width; ++j) to[j] = from[j] - m[j];
  }
  return out;
}

Tensor product(const Tensor& a, const Tensor& b, const Tensor& bias) {
  Tensor y({a.extent(0), b.extent(1)});
  const KernelTable& run = kernels(Device::cpu);
  Stream& stream = stream_of(Device::cpu);
  const auto add = bias.view<const float, 1>();
  if (wide(b.extent(0), b.extent(1)))
    run.conv2d_forward(stream, as_image(a), as_filter(b), add, as_image(y), Conv2d{});
  else
    run.dense_forward(stream, a.view<const float, 2>(), b.view<const float, 2>(), add, y.view<float, 2>());
  return y;
}

Tensor transposed_product(const Tensor& a, const Tensor& b) {
  Tensor y({a.extent(1), b.extent(1)});
  const KernelTable& run = kernels(Device::cpu);
  Stream& stream = stream_of(Device::cpu);
  if (wide(a.extent(1), b.extent(1)))
    run.conv2d_backward_weights(stream, as_image(a), as_image(b), as_filter(y), Conv2d{});
  else
    run.dense_backward_weights(stream, a.view<const float, 2>(), b.view<const float, 2>(), y.view<float, 2>());
  return y;
}

}  // namespace mueca
