// The two halves of t-SNE's gradient (van der Maaten & Hinton 2008): neighbours pull, all pairs push. Sums have a fixed
// order, so a map is the same in every run.
#include "core/memory.h"
#include "kernels/cuda/vector.cuh"
#include "kernels/cuda/warp.cuh"

namespace mueca::MUECA_CUDA {
namespace {

constexpr int kThreads = 128, kWarps = kThreads / 32;
constexpr int kBlocks = 1056;  // eight for each of 132 multiprocessors: one wave on an H200

// Block: 128 points against one slice of the others, which come to shared memory 128 at a time; thread: one point, its
// sums over the slice as partial[slice, (x, y, z), N]. 14 operations and a division, some 22 instructions, of a pair
// and next to no traffic: arithmetic is the roof. The 1.29e9 pairs of 35 887 points are 28e9 instructions, 0.9 ms of
// 132 multiprocessors at 128 lanes and 1.8 GHz.
__global__ void __launch_bounds__(kThreads) repel(In<2> a, float* partial, int slice) {
  struct Others {
    alignas(16) float x[kThreads], y[kThreads];
  };
  Others& others = shared<Others>();
  const int thread = static_cast<int>(threadIdx.x), n = static_cast<int>(a.extent[1]);
  const int i = static_cast<int>(blockIdx.x) * kThreads + thread;
  const int first = static_cast<int>(blockIdx.y) * slice, end = first + slice < n ? first + slice : n;
  const float x = i < n ? a.data[i] : 0, y = i < n ? a.data[n + i] : 0;
  float fx = 0, fy = 0, sum = 0;
  for (int begin = first; begin < end; begin += kThreads) {
    const int mine = begin + thread;
    // Who is not there stands so far away that nothing comes of it.
    others.x[thread] = mine < end ? a.data[mine] : 1e18f;
    others.y[thread] = mine < end ? a.data[n + mine] : 1e18f;
    __syncthreads();
    for (int j = 0; j < kThreads; j += 4) {
      const Floats<4> xs = load<4>(others.x + j), ys = load<4>(others.y + j);
#pragma unroll
      for (int k = 0; k < 4; ++k) {
        const float dx = x - xs.at[k], dy = y - ys.at[k], q = 1 / (1 + dx * dx + dy * dy), qq = q * q;
        sum += begin + j + k == i ? 0 : q, fx += dx * qq, fy += dy * qq;
      }
    }
    __syncthreads();
  }
  if (i >= n) return;
  float* const to = partial + std::int64_t{blockIdx.y} * 3 * n + i;
  to[0] = fx, to[n] = fy, to[2 * std::int64_t{n}] = sum;
}

// Thread: one of 3 N sums over the slices, in their order.
__global__ void __launch_bounds__(kThreads)
    add_slices(const float* partial, int slices, std::int64_t n, float* push, float* z) {
  const std::int64_t at = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (at >= 3 * n) return;
  float sum = 0;
  for (int s = 0; s < slices; ++s) sum += partial[s * 3 * n + at];
  (at < 2 * n ? push[at] : z[at - 2 * n]) = sum;
}

// Warp: one point, a lane every 32nd of its entries. An entry brings 8 bytes in order and 8 from anywhere, which stay
// in the L2 cache (two floats a point): memory is the roof, 5.5e6 entries of 35 887 points take 10 us at 4.3 TB/s.
__global__ void __launch_bounds__(kThreads) attract(In<2> a, In<1> p, Labels column, Labels start, float* pull) {
  const std::int64_t n = a.extent[1], i = std::int64_t{blockIdx.x} * kWarps + threadIdx.x / 32;
  if (i >= n) return;
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const float x = a.data[i], y = a.data[n + i];
  float fx = 0, fy = 0;
  for (std::int32_t e = start.data[i] + lane; e < start.data[i + 1]; e += 32) {
    const std::int32_t j = column.data[e];
    const float dx = x - a.data[j], dy = y - a.data[n + j], force = p.data[e] / (1 + dx * dx + dy * dy);
    fx += force * dx, fy += force * dy;
  }
  fx = warp_sum(fx), fy = warp_sum(fy);
  if (lane == 0) pull[i] = fx, pull[n + i] = fy;
}

}  // namespace

void tsne_attraction(Stream& stream, In<2> a, In<1> p, Labels column, Labels start, Out<2> pull) {
  const std::int64_t n = a.extent[1];
  if (n == 0) return;
  launch<attract>(stream, dim3(blocks_of(n, kWarps)), dim3(kThreads), std::size_t{0}, a, p, column, start, pull.data);
}

void tsne_repulsion(Stream& stream, In<2> a, Out<2> push, Out<1> z) {
  const std::int64_t n = a.extent[1];
  if (n == 0) return;
  const unsigned blocks = blocks_of(n, kThreads);
  const auto slices = static_cast<int>(std::clamp(kBlocks / blocks, 1u, blocks));
  const int slice = static_cast<int>(blocks_of(blocks, slices)) * kThreads;
  const Buffer partial(stream.device, static_cast<std::size_t>(slices * 3 * n) * sizeof(float));
  auto* const sums = static_cast<float*>(partial.data());
  launch<repel>(stream, dim3(blocks, static_cast<unsigned>(slices)), dim3(kThreads), std::size_t{0}, a, sums, slice);
  launch<add_slices>(stream, dim3(blocks_of(3 * n, kThreads)), dim3(kThreads), std::size_t{0}, sums, slices, n,
                     push.data, z.data);
}

}  // namespace mueca::MUECA_CUDA
