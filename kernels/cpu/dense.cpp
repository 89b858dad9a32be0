// Fully connected layers as matrix products, and the column sums that are every bias's gradient.
#include <algorithm>

#include "core/memory.h"
#include "core/parallel.h"
#include "kernels/cpu/onednn.h"

namespace mueca::cpu {
namespace {

// c[M, N] = op(a) op(b) + beta c; an empty reduction leaves beta c, which the library does not promise.
void product(bool ta, bool tb, std::int64_t m, std::int64_t n, std::int64_t k, const float* a, const float* b,
             float beta, float* c) {
  if (m * n == 0) return;
  if (k == 0) {
    if (beta == 0) std::fill_n(c, m * n, 0.0f);
    return;
  }
  onednn::sgemm(ta, tb, m, n, k, a, b, beta, c);
}

}  // namespace

void dense_forward(Stream&, In<2> x, In<2> w, In<1> b, Out<2> y) {
  const std::int64_t m = y.extent[0], k = y.extent[1];
  if (b) {
    for (std::int64_t i = 0; i < m; ++i) std::copy_n(b.data, k, y.data + i * k);
  }
  product(false, false, m, k, x.extent[1], x.data, w.data, b ? 1.0f : 0.0f, y.data);
}

void dense_backward_data(Stream&, In<2> gy, In<2> w, Out<2> gx) {
  product(false, true, gx.extent[0], gx.extent[1], gy.extent[1], gy.data, w.data, 0.0f, gx.data);
}

void dense_backward_weights(Stream&, In<2> x, In<2> gy, Out<2> gw) {
  product(true, false, gw.extent[0], gw.extent[1], x.extent[0], x.data, gy.data, 0.0f, gw.data);
}

void bias_backward(Stream&, In<2> gy, Out<1> gb) {
  // Row blocks of fixed size are summed one by one and then added in order: the same bits on any number of threads.
  constexpr std::int64_t kRows = 1024;
  const std::int64_t m = gy.extent[0], k = gy.extent[1], blocks = (m + kRows - 1) / kRows;
  const Buffer scratch(Device::cpu, static_cast<std::size_t>(blocks * k) * sizeof(float));
  auto* const partial = static_cast<float*>(scratch.data());  // [blocks, K]
  parallel_for(blocks, std::max<std::int64_t>(1, 32 / std::max<std::int64_t>(k, 1)),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t block = begin; block < end; ++block) {
                   float* __restrict const sum = partial + block * k;
                   std::fill_n(sum, k, 0.0f);
                   for (std::int64_t i = block * kRows; i < std::min(m, (block + 1) * kRows); ++i) {
                     const float* __restrict const row = gy.data + i * k;
                     for (std::int64_t j = 0; j < k; ++j) sum[j] += row[j];
                   }
                 }
               });
  std::fill_n(gb.data, k, 0.0f);
  for (std::int64_t block = 0; block < blocks; ++block)
    for (std::int64_t j = 0; j < k; ++j) gb.data[j] += partial[block * k + j];
}

}  // namespace mueca::cpu
