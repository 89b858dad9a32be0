// Gated recurrent units through time: q = h u + b, z = sigmoid(p_z + q_z), r = sigmoid(p_r + q_r),
// c = tanh(p_c + r q_c), h = z h + (1 - z) c; kept of a step: [z r c q_c]. A block walks kItems items through all
// frames, so that a row of u that it has read serves them all. Sums run in one order: over i, or over lanes and a tree.
#include "core/kernel_list.h"
#include "kernels/cuda/activate.cuh"
#include "kernels/cuda/vector.cuh"
#include "kernels/cuda/warp.cuh"

namespace mueca::MUECA_CUDA {
namespace {

constexpr int kItems = 4, kThreads = 256, kWarps = kThreads / 32;

// The state before frame t of item n, [H]; nullptr stands for zeros.
__device__ inline const float* state_before(In<2> h0, const float* h, std::int64_t n, std::int64_t t,
                                            std::int64_t frames, std::int64_t units) {
  if (t > 0) return h + (n * frames + t - 1) * units;
  return h0.data ? h0.data + n * units : nullptr;
}

// Block: kItems items, all frames in order. Thread: units j, j + kThreads ... of a step, for each three columns of u
// and kItems items. Shared: the states that the step begins with, [kItems, H].
__global__ void __launch_bounds__(kThreads) gru_walk(In<3> p, In<2> u, In<1> b, In<2> h0, Out<3> h, Out<3> kept) {
  const std::int64_t frames = h.extent[1], units = h.extent[2], first = std::int64_t{blockIdx.x} * kItems;
  const int items = h.extent[0] - first < kItems ? static_cast<int>(h.extent[0] - first) : kItems;
  const int thread = static_cast<int>(threadIdx.x);
  float* const state = dynamic_smem<float>();
  for (std::int64_t t = 0; t < frames; ++t) {
    for (int k = 0; k < kItems; ++k) {
      const float* before = k < items ? state_before(h0, h.data, first + k, t, frames, units) : nullptr;
      for (std::int64_t j = thread; j < units; j += kThreads) state[k * units + j] = before ? before[j] : 0;
    }
    __syncthreads();
    for (std::int64_t j = thread; j < units; j += kThreads) {
      float qz[kItems], qr[kItems], qc[kItems];
      for (int k = 0; k < kItems; ++k) qz[k] = b.data[j], qr[k] = b.data[units + j], qc[k] = b.data[2 * units + j];
      for (std::int64_t i = 0; i < units; ++i) {
        const float* row = u.data + i * 3 * units + j;
        const float wz = row[0], wr = row[units], wc = row[2 * units];
        for (int k = 0; k < kItems; ++k) {
          const float s = state[k * units + i];
          qz[k] += s * wz, qr[k] += s * wr, qc[k] += s * wc;
        }
      }
      for (int k = 0; k < kItems; ++k) {
        if (k >= items) continue;
        const std::int64_t step = (first + k) * frames + t;
        const float* in = p.data + step * 3 * units + j;
        float* out = kept.data + step * 4 * units + j;
        const float z = sigmoid(in[0] + qz[k]), r = sigmoid(in[units] + qr[k]);
        const float c = tanhf(in[2 * units] + r * qc[k]);
        out[0] = z, out[units] = r, out[2 * units] = c, out[3 * units] = qc[k];
        h.data[step * units + j] = z * state[k * units + j] + (1 - z) * c;
      }
    }
    __syncthreads();  // all of h is written, and nobody reads this step's states any more
  }
}

// Block: kItems items, the frames backwards; gh0 holds the gradient of the state between two frames, [items, H].
// First a thread takes units of a step through the gates, leaving g z in gh0; then a warp adds gq u^T to a unit of it.
__global__ void __launch_bounds__(kThreads)
    gru_walk_back(In<2> u, In<2> h0, In<3> h, In<3> kept, In<3> gh, Out<3> gp, Out<3> gq, Out<2> gh0) {
  const std::int64_t frames = h.extent[1], units = h.extent[2], first = std::int64_t{blockIdx.x} * kItems;
  const int items = h.extent[0] - first < kItems ? static_cast<int>(h.extent[0] - first) : kItems;
  const int thread = static_cast<int>(threadIdx.x), lane = thread % 32;
  float* const carry = gh0.data + first * units;
  for (std::int64_t t = frames - 1; t >= 0; --t) {
    for (int k = 0; k < items; ++k) {
      const std::int64_t step = (first + k) * frames + t;
      const float* before = state_before(h0, h.data, first + k, t, frames, units);
      const float* own = kept.data + step * 4 * units;
      for (std::int64_t j = thread; j < units; j += kThreads) {
        const float g = gh.data[step * units + j] + (t + 1 < frames ? carry[k * units + j] : 0);
        const float z = own[j], r = own[units + j], c = own[2 * units + j], qc = own[3 * units + j];
        const float gz = g * ((before ? before[j] : 0) - c) * z * (1 - z), gc = g * (1 - z) * (1 - c * c);
        const float gr = gc * qc * r * (1 - r);
        float *to_p = gp.data + step * 3 * units + j, *to_q = gq.data + step * 3 * units + j;
        to_p[0] = to_q[0] = gz;
        to_p[units] = to_q[units] = gr;
        to_p[2 * units] = gc;
        to_q[2 * units] = gc * r;
        carry[k * units + j] = g * z;
      }
    }
    __syncthreads();  // gq of this step is complete
    for (std::int64_t i = thread / 32; i < units; i += kWarps) {
      float sum[kItems] = {};
      for (std::int64_t j = lane; j < 3 * units; j += 32) {
        const float w = u.data[i * 3 * units + j];
        for (int k = 0; k < kItems; ++k)
          if (k < items) sum[k] += gq.data[((first + k) * frames + t) * 3 * units + j] * w;
      }
      for (int k = 0; k < kItems; ++k) {
        const float total = warp_sum(sum[k]);
        if (lane == 0 && k < items) carry[k * units + i] += total;
      }
    }
    __syncthreads();  // carry is complete
  }
}

}  // namespace

void gru_forward(Stream& stream, In<3> p, In<2> u, In<1> b, In<2> h0, Out<3> h, Out<3> kept) {
  if (h.size() == 0) return;
  const std::size_t bytes = kItems * static_cast<std::size_t>(h.extent[2]) * sizeof(float);
  launch<gru_walk>(stream, dim3(blocks_of(h.extent[0], kItems)), dim3(kThreads), bytes, p, u, b, h0, h, kept);
}

void gru_backward(Stream& stream, In<2> u, In<2> h0, In<3> h, In<3> kept, In<3> gh, Out<3> gp, Out<3> gq, Out<2> gh0) {
  if (h.size() == 0) return;
  launch<gru_walk_back>(stream, dim3(blocks_of(h.extent[0], kItems)), dim3(kThreads), std::size_t{0}, u, h0, h, kept,
                        gh, gp, gq, gh0);
}

}  // namespace mueca::MUECA_CUDA
