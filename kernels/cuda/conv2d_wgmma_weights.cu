// The gradient of a filter by Hopper's warpgroup products, for convolutions that keep the image's size: gw [R S C, K] =
// patches(x)^T gy, its sum over all pixels cut into pieces that run side by side and are added in order. Of x and of gy
// lines of 64 channels pass through rings in shared memory as bfloat16, 64 pixels at a time: x's runs ahead by what the
// taps reach, so that each pixel is read once and serves them all. x comes to the products turned round, by transposing
// ldmatrix; a tap beyond the edge reads a line of zeros.
//
// A step is 64 pixels of 64 x 64 channels, 9 taps: 4.7 MFLOP per 32 KiB of the second-level cache, 144 FLOP/byte
// (bfloat16: 16 KiB, 288). In clocks of a multiprocessor (as counted in conv2d_wgmma.cu; estimates): tensor cores 1152,
// shared memory 1280 (72 KiB of fragments, as much of gy, 16 KiB written), memory 1760 (880) where C = K = 64, half of
// it for 128 and less beyond. So shared memory limits all but the narrowest in float32. Of bfloat16 as many steps are
// under way as the rings hold, of float32 as much of one as registers hold.
#include "kernels/cuda/wgmma.cuh"

namespace mueca::MUECA_CUDA {
namespace {

constexpr int kThreads = 4 * kWarpgroup;           // one warpgroup brings, three multiply
constexpr int kTaps = 3, kPixels = 64;             // taps of a warpgroup; pixels of a step
constexpr int kBlockBytes = kPixels * kLineBytes;  // 8 KiB
constexpr int kSteps = 3, kSlotsX = 16;            // that gy's ring holds; of x's ring, at most

template <class S>
struct WeightsConv {
  const S *x = nullptr, *gy = nullptr;  // [pixels, channels], [pixels, columns]
  int pixels = 0, channels = 0, columns = 0;
  int part = 0, ahead = 0;  // pixels of a piece, whole steps; steps that x is ahead of gy
  Taps taps;
  Target<float> to;
};

struct Shared {
  Mbarrier full[kSteps], empty[kSlotsX];  // gy and x as far as a step reads it; x, and with it gy, to be overwritten
  unsigned inside[kSteps][kPixels];       // of gy's pixels: which taps
};

#if MUECA_HOPPER
constexpr int kWarps = 3 * kWarpgroup / 32;  // that multiply

// A warpgroup: steps of x and gy, 16 threads a line (bfloat16: 8).
template <class S>
__device__ void bring_steps(const WeightsConv<S>& p, Shared& s, std::byte* gy, std::byte* x, int c0, int k0, int begin,
                            int end, int thread) {
  constexpr int kEvery = kWarpgroup / kParts<S>, kAhead = kPixels / kEvery;
  const int part = thread % kParts<S>, line = thread / kParts<S>, steps = (end - begin + kPixels - 1) / kPixels;
  Turn turn_x(p.ahead + kSteps), turn_gy(kSteps);
  for (int step = 0; step < steps + p.ahead; ++step, turn_x.next()) {
    turn_x.wait_empty(s.empty);  // then gy's slot, of three steps ago, is free as well
    bring_lines<kEvery, kAhead>(x + turn_x.slot * kBlockBytes, p.x + c0, p.channels, part, line, kPixels,
                                begin - p.taps.before() + step * kPixels, 0, p.pixels);
    if (step < p.ahead) continue;
    bring_lines<kEvery, kAhead>(gy + turn_gy.slot * kBlockBytes, p.gy + k0, p.columns, part, line, kPixels,
                                begin + (step - p.ahead) * kPixels, 0, end);
    if (thread < kPixels)
      s.inside[turn_gy.slot][thread] = p.taps.inside(begin + (step - p.ahead) * kPixels + thread, end);
    if constexpr (!kNarrow<S>) fence_proxy_async();  // wgmma reads it
    lines_brought<S>(&s.full[turn_gy.slot]);
    turn_gy.next();
  }
  finish_copies<S>();
}

// A warpgroup: three taps, 64 x 64 sums of each. Fragments of x turned round: a lane's address is a pixel's line, eight
// channels wide (PTX ISA, "ldmatrix", .trans; the fragments as for conv2d_wgmma.cu).
template <class S>
__device__ void multiply_steps(const WeightsConv<S>& p, Shared& s, const std::byte* gy, const std::byte* x, int begin,
                               int end, int tap0, int thread, float (&sums)[kTaps][32]) {
  const int lane = thread % 32, steps = (end - begin + kPixels - 1) / kPixels;
  const auto piece = static_cast<unsigned>(thread % kWarpgroup / 32 * 2 + lane / 8 % 2);
  const auto lines = static_cast<unsigned>((p.ahead + kSteps) * kPixels);  // and one of zeros
  unsigned shift[kTaps];                                                   // of a tap, in lines
#pragma unroll
  for (int e = 0; e < kTaps; ++e)
    shift[e] = static_cast<unsigned>((tap0 + e) / p.taps.across * p.taps.width + (tap0 + e) % p.taps.across);
  Turn turn_x(p.ahead + kSteps), turn_gy(kSteps);
  for (int step = 0; step < steps; ++step, turn_x.next(), turn_gy.next()) {
    turn_gy.wait_full(s.full);
    if constexpr (kNarrow<S>) fence_proxy_async();  // copies of gy landed after whatever their thread could fence
    const std::uint64_t filter = wgmma_descriptor(gy + turn_gy.slot * kBlockBytes);
#pragma unroll 1
    for (int t = 0; tap0 < p.taps.count && t < kPixels; t += 16) {
      const int pixel = t + lane % 8 + lane / 16 * 8;
      const unsigned inside = s.inside[turn_gy.slot][pixel] >> tap0;
      unsigned a[kTaps][4];
#pragma unroll
      for (int e = 0; e < kTaps; ++e) {
        unsigned line = static_cast<unsigned>(turn_x.slot * kPixels + pixel) + shift[e];
        if (line >= lines) line -= lines;
        if (!(inside >> e & 1)) line = lines;  // the zeros
        ldmatrix_x4_trans(a[e], x + line * kLineBytes + (piece ^ line % 8) * 16);
      }
      wgmma_fence();
#pragma unroll
      for (int e = 0; e < kTaps; ++e)
        wgmma_bf16_flat(sums[e], a[e], filter + static_cast<unsigned>(t) * kLineBytes / 16);
      wgmma_commit();
      wgmma_wait<0>(sums);
    }
    __syncwarp();
    if (lane == 0) mbarrier_arrive(&s.empty[turn_x.slot]);
  }
}
#endif

// Block: 64 channels of x times 64 of gy, all taps, over one piece of the pixels; warpgroup: three taps of it. Empty
// where the compiler may not emit Hopper's instructions, as conv_wgmma is.
template <class S>
__global__ void __launch_bounds__(MUECA_HOPPER ? kThreads : 32, 1) weights_wgmma([[maybe_unused]] WeightsConv<S> p) {
#if MUECA_HOPPER
  Shared& s = shared<Shared>();
  std::byte* const gy = swizzled_memory();         // [slot][pixel][64]
  std::byte* const x = gy + kSteps * kBlockBytes;  // [slot][pixel][64], and zeros
  const int thread = static_cast<int>(threadIdx.x), across = p.columns / kChunk;
  const int c0 = static_cast<int>(blockIdx.x) / across * kChunk, k0 = static_cast<int>(blockIdx.x) % across * kChunk;
  const int split = static_cast<int>(blockIdx.y), begin = split * p.part;
  const int end = p.pixels < begin + p.part ? p.pixels : begin + p.part;
  if (thread == 0) {
    for (int i = 0; i < kSteps; ++i) mbarrier_init(&s.full[i], kWarpgroup);
    for (int i = 0; i < kSlotsX; ++i) mbarrier_init(&s.empty[i], kWarps);
  }
  if (thread < 8)
    *reinterpret_cast<uint4*>(x + ((p.ahead + kSteps) * kBlockBytes + thread * 16)) = make_uint4(0, 0, 0, 0);
  __syncthreads();
  if (thread < kWarpgroup) {
    give_registers<72>();  // 65536 of the multiprocessor: 128 x (72 + 3 x 144)
    bring_steps(p, s, gy, x, c0, k0, begin, end, thread);
  } else {
    take_registers<144>();
    const int tap0 = (thread / kWarpgroup - 1) * kTaps, lane = thread % 32;
    float sums[kTaps][32] = {};
    multiply_steps(p, s, gy, x, begin, end, tap0, thread, sums);
    float* const to = p.to.partial ? p.to.partial + split * p.to.size : p.to.y;
#pragma unroll
    for (int e = 0; e < kTaps; ++e)
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        if (tap0 + e >= p.taps.count) continue;
        const int c = c0 + thread % kWarpgroup / 32 * 16 + lane / 4 + half * 8;
        float* const row = to + (std::int64_t{tap0 + e} * p.channels + c) * p.columns + k0 + lane % 4 * 2;
#pragma unroll
        for (int j = 0; j < kChunk / 8; ++j)
          *reinterpret_cast<float2*>(row + j * 8) =
              make_float2(sums[e][j * 4 + half * 2], sums[e][j * 4 + half * 2 + 1]);
      }
  }
#endif
}

// Steps that the taps' reach keeps x ahead of gy.
std::int64_t steps_ahead(const ConvShape& d) { return ((d.r - 1) * d.w + d.s - 1 + kPixels - 1) / kPixels; }

template <class S>
void run(Stream& stream, const ConvShape& d, const S* x, const S* gy, Target<float> to) {
  WeightsConv<S> p;
  p.x = x, p.gy = gy, p.pixels = static_cast<int>(d.n * d.h * d.w);
  p.channels = static_cast<int>(d.c), p.columns = static_cast<int>(d.k);
  p.taps = Taps(d, false), p.ahead = static_cast<int>(steps_ahead(d));
  check(aligned(kWidest<S>, x, gy, to.y), "conv2d: wgmma takes arrays that start at multiples of 16 bytes");
  // One block on each of 132 multiprocessors, of 4 steps at least; by shape alone, as splits_for.
  const std::int64_t tiles = d.c / kChunk * (d.k / kChunk);
  const int splits = static_cast<int>(std::max<std::int64_t>(1, std::min<std::int64_t>(132 / tiles, p.pixels / 256)));
  p.part = static_cast<int>(blocks(blocks(p.pixels, splits), kPixels)) * kPixels;
  const Buffer scratch(stream.device, splits > 1 ? static_cast<std::size_t>(splits * to.size) * sizeof(float) : 0);
  if (splits > 1) to.partial = static_cast<float*>(scratch.data());
  p.to = to;
  const std::size_t bytes = 1024 + static_cast<std::size_t>(kSteps + p.ahead + kSteps) * kBlockBytes + kLineBytes;
  launch<weights_wgmma<S>>(stream, dim3(static_cast<unsigned>(tiles), static_cast<unsigned>(splits)), dim3(kThreads),
                           bytes, p);
  if (splits > 1) sum_splits(stream, to, splits);
}

}  // namespace

bool wgmma_weights_fit(const ConvShape& d) {
  return wgmma_fits(d) && d.r * d.s <= 3 * kTaps && steps_ahead(d) + kSteps <= kSlotsX;
}

void wgmma_backward_weights(Stream& stream, const ConvShape& d, const float* x, const float* gy, Target<float> to) {
  run(stream, d, x, gy, to);
}
void wgmma_backward_weights(Stream& stream, const ConvShape& d, const bf16* x, const bf16* gy, Target<float> to) {
  run(stream, d, x, gy, to);
}

}  // namespace mueca::MUECA_CUDA
