// The second half of every split sum: partial sums of the depth's pieces, added in one order.
#include "kernels/cuda/linear.cuh"

namespace mueca::MUECA_CUDA {
namespace {

constexpr int kElements = 32, kLanes = 8;

// Block: 32 elements of y; thread: every eighth of one's partial sums, then a sum over its eight threads in order.
// 4 bytes read per addition: memory is the roof.
template <class S>
__global__ void __launch_bounds__(kElements* kLanes) split_sum(Target<S> to, int splits) {
  struct Lanes {
    float sum[kLanes][kElements];
  };
  Lanes& s = shared<Lanes>();
  const int thread = static_cast<int>(threadIdx.x), element = thread % kElements, lane = thread / kElements;
  const std::int64_t at = std::int64_t{blockIdx.x} * kElements + element;
  float sum = 0;
  if (at < to.size)
    for (int split = lane; split < splits; split += kLanes) sum += to.partial[split * to.size + at];
  s.sum[lane][element] = sum;
  __syncthreads();
  if (lane > 0 || at >= to.size) return;
  for (int other = 1; other < kLanes; ++other) sum += s.sum[other][element];
  store<1>(to.y + at, {to.finished(sum, at, static_cast<int>(at % to.columns))});
}

}  // namespace

template <class S>
void sum_splits(Stream& stream, const Target<S>& to, int splits) {
  launch<split_sum<S>>(stream, dim3(blocks(to.size, kElements)), dim3(kElements * kLanes), std::size_t{0}, to, splits);
}
template void sum_splits(Stream& stream, const Target<float>& to, int splits);
template void sum_splits(Stream& stream, const Target<bf16>& to, int splits);

}  // namespace mueca::MUECA_CUDA
