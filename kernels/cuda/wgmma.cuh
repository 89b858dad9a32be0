// What the convolutions on wgmma share: lines of 64 channels as bfloat16, and the rings that hold them. S is what
// activations are stored as, float or bf16: lines are rounded on their way through registers, or copied as they are.
#pragma once
#include <type_traits>

#include "kernels/cuda/linear.cuh"
#include "kernels/cuda/ptx_hopper.cuh"

namespace mueca::MUECA_CUDA {

inline constexpr int kWarpgroup = 128;                      // threads
inline constexpr int kChunk = 64, kLineBytes = kChunk * 2;  // channels of a line
template <class S>
inline constexpr int kParts = kChunk / kWidest<S>;  // 16-byte pieces of a line in memory: 4 or 8 channels each
inline constexpr std::size_t kMostShared = 227 * 1024 - 1024;  // of a block on compute capability 9.0, less barriers

// The window of a convolution that keeps the image's size: tap (r, s) of pixel m is pixel m - before() + r W + s.
struct Taps {
  int count = 0, across = 1, height = 0, width = 0, top = 0, left = 0;  // across: S
  Divisor by_image, by_row;

  Taps() = default;
  Taps(const ConvShape& d, bool turned)  // turned: of the backward pass, from gy to gx
      : count(static_cast<int>(d.r * d.s)),
        across(static_cast<int>(d.s)),
        height(static_cast<int>(d.h)),
        width(static_cast<int>(d.w)),
        top(static_cast<int>(turned ? d.r - 1 - d.top : d.top)),
        left(static_cast<int>(turned ? d.s - 1 - d.left : d.left)),
        by_image(d.h * d.w),
        by_row(d.w) {}
  __device__ int before() const { return top * width + left; }
  // Which taps of pixel m lie inside its image: a bit each; none from pixel `end` on.
  __device__ unsigned inside(int m, int end) const {
    if (m >= end) return 0;
    const int in_image = m - by_image(m) * by_image.value, h = by_row(in_image), w = in_image - h * by_row.value;
    unsigned bits = 0;
    int r = -top, s = -left;
    for (int tap = 0; tap < count; ++tap) {
      const bool inside = static_cast<unsigned>(h + r) < static_cast<unsigned>(height) &&
                          static_cast<unsigned>(w + s) < static_cast<unsigned>(width);
      bits |= static_cast<unsigned>(inside) << tap;
      if (++s == across - left) ++r, s = -left;
    }
    return bits;
  }
};

// Where a ring's user stands: the next slot, and the parity of the phase in which it is full.
struct Turn {
  int slots;
  int slot = 0;
  unsigned parity = 0;
  bool first = true;  // nobody has used the slots before
  __device__ explicit Turn(int of) : slots(of) {}
  __device__ void next() {
    if (++slot < slots) return;
    slot = 0, parity ^= 1, first = false;
  }
  __device__ void wait_empty(Mbarrier* empty) const {
    if (!first) mbarrier_wait(&empty[slot], parity ^ 1);
  }
  __device__ void wait_full(Mbarrier* full) const { mbarrier_wait(&full[slot], parity); }
};

// Four channels (`part` of 16) of line i, as bfloat16: its 16-byte pieces stand at places piece ^ i % 8.
__device__ inline void store_part(std::byte* lines, int i, int part, const float4& four) {
  *reinterpret_cast<uint2*>(lines + i * kLineBytes + (part / 2 ^ i % 8) * 16 + part % 2 * 8) =
      make_uint2(bf16_pair(four.x, four.y), bf16_pair(four.z, four.w));
}

// Brings four channels of every kEvery-th line from i0 to `end`; line 0 is pixel0, and pixels beyond [low, high) are
// zeros. kAhead loads are under way at a time, side by side where all are inside: addresses that nothing has to be
// asked about, so that registers hold data.
template <int kEvery, int kAhead>
__device__ void bring_lines(std::byte* lines, const float* from, int channels, int part, int i0, int end, int pixel0,
                            int low, int high) {
  constexpr int kCareful = 4;
#pragma unroll 1
  for (int i = i0; i < end;) {
    const int last = i + (kAhead - 1) * kEvery;
    if (last < end && pixel0 + i >= low && pixel0 + last < high) {
      const float* const at = from + std::int64_t{pixel0 + i} * channels + part * 4;
      float4 four[kAhead];
#pragma unroll
      for (int e = 0; e < kAhead; ++e) four[e] = *reinterpret_cast<const float4*>(at + e * kEvery * channels);
#pragma unroll
      for (int e = 0; e < kAhead; ++e) store_part(lines, i + e * kEvery, part, four[e]);
      i += kAhead * kEvery;
    } else {
      float4 four[kCareful];
#pragma unroll
      for (int e = 0; e < kCareful; ++e) {
        const int line = i + e * kEvery, pixel = pixel0 + line;
        const bool inside = line < end && pixel >= low && pixel < high;
        four[e] = inside ? *reinterpret_cast<const float4*>(from + std::int64_t{pixel} * channels + part * 4)
                         : make_float4(0, 0, 0, 0);
      }
#pragma unroll
      for (int e = 0; e < kCareful; ++e)
        if (i + e * kEvery < end) store_part(lines, i + e * kEvery, part, four[e]);
      i += kCareful * kEvery;
    }
  }
}

// Stored as bfloat16 a piece in memory is a piece in shared memory: asynchronous copies, any number under way, and no
// register. They are there when the barrier that expects them (lines_brought) says so.
template <int kEvery, int>
__device__ void bring_lines(std::byte* lines, const bf16* from, int channels, int part, int i0, int end, int pixel0,
                            int low, int high) {
#pragma unroll 4
  for (int i = i0; i < end; i += kEvery) {
    const int pixel = pixel0 + i;
    const bool inside = pixel >= low && pixel < high;
    cp_async16(lines + i * kLineBytes + (part ^ i % 8) * 16,
               from + std::int64_t{inside ? pixel : 0} * channels + part * 8, inside);
  }
}

// The thread's arrival, after all that it has brought; copies that are still under way are expected as well.
template <class S>
__device__ void lines_brought(Mbarrier* full) {
  if constexpr (kNarrow<S>) mbarrier_expect_copies(full);
  mbarrier_arrive(full);
}

// No thread ends while copies of its own are under way.
template <class S>
__device__ void finish_copies() {
  if constexpr (kNarrow<S>) {
    cp_async_commit();
    cp_async_wait<0>();
  }
}

// The block's dynamic shared memory from the next multiple of 1024 bytes on, as the swizzle wants it.
__device__ inline std::byte* swizzled_memory() {
  auto* const memory = dynamic_smem<std::byte>();
  return memory + (1024 - shared_address(memory) % 1024) % 1024;
}

}  // namespace mueca::MUECA_CUDA
