// The first convolution of a network, whose input has one to four channels: a tensor-core tile over R S C would be
// mostly padding, and the output is all of the traffic. Sums in float32, straight over the window.
#include "kernels/cuda/linear.cuh"

namespace mueca::MUECA_CUDA {
namespace {

constexpr int kChannels = 32, kQuads = kChannels / 4, kStemThreads = 256, kEach = 4;
constexpr int kPixelLanes = kStemThreads / kQuads, kPixels = kPixelLanes * kEach;  // 128 of a block

__device__ inline float4 multiply_add(float a, float4 b, float4 c) {
  return make_float4(c.x + a * b.x, c.y + a * b.y, c.z + a * b.z, c.w + a * b.w);
}

// Block: 128 pixels x 32 output channels, the filter's slice in shared memory [R S C, 32]; thread: 4 pixels x 4
// channels, neighbours store neighbours. C = 1, 3x3: 18 FLOP per 4 bytes written (bfloat16: 2) and little read, 4.5
// FLOP/byte (9): memory is the roof.
template <class S>
__global__ void __launch_bounds__(kStemThreads) stem_rows(Patches<S> x, const float* w, Target<S> to) {
  float* const filter = dynamic_smem<float>();
  const int thread = static_cast<int>(threadIdx.x), k0 = static_cast<int>(blockIdx.y) * kChannels;
  for (int e = thread; e < x.columns * kChannels; e += kStemThreads) {
    const int k = k0 + e % kChannels;
    filter[e] = k < to.columns ? w[std::int64_t{e / kChannels} * to.columns + k] : 0;
  }
  __syncthreads();
  const int quad = thread % kQuads * 4, first = static_cast<int>(blockIdx.x) * kPixels + thread / kQuads;
  typename Patches<S>::Line line[kEach];
  float4 sum[kEach];
#pragma unroll
  for (int e = 0; e < kEach; ++e) line[e] = x.line(first + e * kPixelLanes), sum[e] = make_float4(0, 0, 0, 0);
  for (int j = 0; j < x.columns; ++j) {
    const typename Patches<S>::Column column = x.column(j);
    const float4 row = *reinterpret_cast<const float4*>(filter + j * kChannels + quad);
#pragma unroll
    for (int e = 0; e < kEach; ++e) {
      const S* const at = x.at(line[e], column);
      sum[e] = multiply_add(at ? load<1>(at).at[0] : 0, row, sum[e]);
    }
  }
#pragma unroll
  for (int e = 0; e < kEach; ++e) {
    const int i = first + e * kPixelLanes, k = k0 + quad;
    if (i >= to.rows || k >= to.columns) continue;  // K is a multiple of 4
    const std::int64_t at = to.row(i);
    const Floats<4> four = {sum[e].x, sum[e].y, sum[e].z, sum[e].w};
    if (kNarrow<S> && to.together == 4) {
      to.put(at, k, four, 0);
      continue;
    }
#pragma unroll
    for (int c = 0; c < 4; ++c) to.put(at, k + c, four.at[c], 0);
  }
}

constexpr int kTilePixels = 64;  // pixels

// Block: `part` pixels x 32 channels of gy, 64 pixels at a time through shared memory; thread: an element of the window
// and 4 channels, so that as many groups of threads as fit take turns at the pixels; a group's sums are a partial of
// their own. C = 1, 3x3: 18 FLOP per 4 bytes of gy (bfloat16: 2): memory is the roof.
template <class S>
__global__ void __launch_bounds__(kStemThreads) stem_weights(Patches<S> x, const S* gy, Target<float> to, int part) {
  struct Tile {
    alignas(16) float gy[kTilePixels][kChannels];
    typename Patches<S>::Line line[kTilePixels];
  };
  Tile& s = shared<Tile>();
  const int thread = static_cast<int>(threadIdx.x), k0 = static_cast<int>(blockIdx.y) * kChannels;
  const int groups = kStemThreads / (x.columns * kQuads), group = thread / (x.columns * kQuads);
  const int j = thread / kQuads % x.columns, quad = thread % kQuads * 4;
  const int begin = static_cast<int>(blockIdx.x) * part, end = x.lines < begin + part ? x.lines : begin + part;
  const typename Patches<S>::Column column = x.column(j);
  float4 sum = make_float4(0, 0, 0, 0);
  for (int i0 = begin; i0 < end; i0 += kTilePixels) {
    for (int e = thread; e < kTilePixels * kChannels; e += kStemThreads) {
      const int i = i0 + e / kChannels, k = k0 + e % kChannels;
      s.gy[e / kChannels][e % kChannels] =
          i < end && k < to.columns ? load<1>(gy + (std::int64_t{i} * to.columns + k)).at[0] : 0;
    }
    if (thread < kTilePixels) s.line[thread] = x.line(i0 + thread);
    __syncthreads();
    if (group < groups)
      for (int i = group; i < kTilePixels && i0 + i < end; i += groups) {
        const S* const at = x.at(s.line[i], column);
        if (at) sum = multiply_add(load<1>(at).at[0], *reinterpret_cast<const float4*>(&s.gy[i][quad]), sum);
      }
    __syncthreads();  // nobody reads this tile any more
  }
  if (group >= groups || k0 + quad >= to.columns) return;
  const float four[4] = {sum.x, sum.y, sum.z, sum.w};
#pragma unroll
  for (int c = 0; c < 4; ++c) to.put(to.row(j), k0 + quad + c, four[c], static_cast<int>(blockIdx.x) * groups + group);
}

}  // namespace

template <class S>
void stem_forward(Stream& stream, const Patches<S>& x, const float* w, const Target<S>& to) {
  const std::size_t bytes = static_cast<std::size_t>(x.columns) * kChannels * sizeof(float);  // 32 KiB at most
  launch<stem_rows<S>>(stream, dim3(blocks(to.rows, kPixels), blocks(to.columns, kChannels)), dim3(kStemThreads), bytes,
                       x, w, to);
}
template void stem_forward(Stream&, const Patches<float>&, const float*, const Target<float>&);
template void stem_forward(Stream&, const Patches<bf16>&, const float*, const Target<bf16>&);

template <class S>
void stem_backward_weights(Stream& stream, const Patches<S>& x, const S* gy, Target<float> to) {
  if (to.size == 0) return;
  const int pieces = std::clamp(x.lines / 512, 1, 264), groups = kStemThreads / (x.columns * kQuads);
  const int part = static_cast<int>(blocks(blocks(x.lines, pieces), kTilePixels)) * kTilePixels;
  const Buffer scratch(stream.device, static_cast<std::size_t>(pieces * groups * to.size) * sizeof(float));
  to.partial = static_cast<float*>(scratch.data());
  launch<stem_weights<S>>(stream, dim3(static_cast<unsigned>(pieces), blocks(to.columns, kChannels)),
                          dim3(kStemThreads), std::size_t{0}, x, gy, to, part);
  sum_splits(stream, to, pieces * groups);
}
template void stem_backward_weights(Stream&, const Patches<float>&, const float*, Target<float>);
template void stem_backward_weights(Stream&, const Patches<bf16>&, const bf16*, Target<float>);

}  // namespace mueca::MUECA_CUDA
