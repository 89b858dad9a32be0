// Kernels that take element i of some vectors to element i of others: a functor with `template <int Width> at(i)`.
#pragma once
#include "kernels/cuda/vector.cuh"

namespace mueca::MUECA_CUDA {

inline constexpr int kMapThreads = 256;

// Thread: Width consecutive elements; the last few, where n is no multiple of Width, one by one.
template <class Op, int Width>
__global__ void __launch_bounds__(kMapThreads) map(Op op, std::int64_t n) {
  const std::int64_t i = (std::int64_t{blockIdx.x} * kMapThreads + threadIdx.x) * Width;
  if (i + Width <= n)
    op.template at<Width>(i);
  else
    for (std::int64_t j = i; j < n; ++j) op.template at<1>(j);
}

// Runs op over [0, n), Widest elements a thread where `pointers`, all that op reads and writes, allow it.
template <int Widest = 4, class Op, class... Elements>
void map_all(Stream& stream, std::int64_t n, const Op& op, const Elements*... pointers) {
  if (n == 0) return;
  if (aligned(Widest, pointers...))
    launch<map<Op, Widest>>(stream, dim3(blocks_of(n, Widest * kMapThreads)), dim3(kMapThreads), std::size_t{0}, op, n);
  else
    launch<map<Op, 1>>(stream, dim3(blocks_of(n, kMapThreads)), dim3(kMapThreads), std::size_t{0}, op, n);
}

}  // namespace mueca::MUECA_CUDA
