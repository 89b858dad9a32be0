// The fourth rung: convolutions that keep the image's size, by Hopper's warpgroup products. Pixel m of the output needs
// pixels m + r W + s of a window of the input, counted through all images, so that consecutive output pixels share one
// contiguous window: it is read from memory once, kept in shared memory as bfloat16, and serves all taps. Float32 is
// rounded on the way there, bfloat16 is copied as it is. Of a tap beyond the edge a line of zeros is read instead.
//
// Why not by tiles in TMA's im2col mode, both operands in shared memory: float32 would have to be rounded there first,
// and im2col fetches every activation nine times, in either width. A tile of 256 pixels, 64 channels deep, asks of the
// second-level cache
//                     x                                    filter, 64 / 128 columns   FLOP/byte   bytes/s, 790 TFLOP/s
//   float32  im2col   9 x 256 x 256 B         = 576 KiB    72 / 144 KiB                28 /  51    28 / 15 TB
//            window   (256 + 2 W + 2) x 256 B = 89 / 77    the same                   115 / 167   6.9 / 4.7
//   bfloat16 im2col   9 x 256 x 128 B         = 288        the same                    51 /  85    15 / 9.3
//            window   (256 + 2 W + 2) x 128 B = 44 / 38    the same                   159 / 202   5.0 / 3.9
// (W = 48 with 64 columns, 24 with 128). So bfloat16 im2col would still ask for more than float32 windows do. A map of
// another mode would fit bfloat16: a window is a plain box of [pixels, channels], zeros beyond both ends. It brings the
// same bytes, and saves some 90 copies a warp wide of every window, a few percent of what a multiprocessor issues
// meanwhile; that is not worth a map to encode for each launch. The filter, which is rewritten anyway, is written in
// the very order in which shared memory wants it, so that a plain bulk copy brings a stage and no map is needed.
//
// What limits such a tile, in clocks of a multiprocessor (2048 bfloat16 products and 128 bytes of shared memory a
// clock; 4.3 TB/s of 132 at 1.755 GHz are 18.6 bytes a clock; estimates, not measured):
//                        tensor   shared memory: fragments,               memory, x and y,
//                         cores   filter read, both written               float32          bfloat16
//   64 to 64, 48 x 48      4608    5500: 288 + 288 + 116 KiB               7050: 128 KiB   3520:  64 KiB
//   128 to 128, 24 x 24   18432   16700: 2 x (288 + 576 + 182 KiB)        14100: 256 KiB   7050: 128 KiB
// So memory limits the first in float32, at 65 % of the tensor cores' rate, and shared memory in bfloat16, at 83 %;
// tensor cores limit the second and what is deeper, with either.
#include "kernels/cuda/wgmma.cuh"

namespace mueca::MUECA_CUDA {
namespace {

constexpr int kThreads = 3 * kWarpgroup;  // one warpgroup brings, two multiply
constexpr int kStageBytes = 64 * 1024;    // of all stages of the filter together

template <class S>
struct WindowConv {
  const S* x = nullptr;                      // [pixels, channels]
  const uint4* filter = nullptr;             // bfloat16 [taps, channels / 64, columns, 64], swizzled
  int pixels = 0, channels = 0, window = 0;  // window: its pixels
  Taps taps;
  Target<S> to;
};

struct Barriers {
  Mbarrier stage_full[8], stage_empty[8], window_full[2], window_empty[2];
};

// Thread: 8 of a column's 64 products. w is [taps, C, K]; columns are K, or C for a backward pass, whose taps are
// turned round. 4 bytes read and 2 written per weight: little beside the convolution.
__global__ void __launch_bounds__(kNaiveThreads)
    pack_filter(const float* w, uint4* to, int taps, int columns, int depth, bool turned) {
  const int index = static_cast<int>(blockIdx.x) * kNaiveThreads + static_cast<int>(threadIdx.x),
            chunks = depth / kChunk;
  if (index >= taps * columns * (depth / 8)) return;
  const int column = index % columns, piece = index / columns % 8, chunk = index / columns / 8 % chunks;
  const int tap = index / columns / 8 / chunks, t = chunk * kChunk + piece * 8;
  const std::int64_t down = turned ? 1 : columns, along = turned ? depth : 1;  // strides of depth and of columns
  const float* const from =
      w + std::int64_t{turned ? taps - 1 - tap : tap} * columns * depth + t * down + column * along;
  const auto two = [&](int i) { return bf16_pair(from[i * down], from[(i + 1) * down]); };
  to[(std::int64_t{tap * chunks + chunk} * columns + column) * 8 + (piece ^ column % 8)] =
      make_uint4(two(0), two(2), two(4), two(6));
}

#if MUECA_HOPPER
// One thread: the filter's stages, in the order in which they are multiplied: tiles, chunks, taps.
template <int kColumns, int kRows, class S>
__device__ void bring_filter(const WindowConv<S>& p, Barriers& s, std::byte* stages) {
  constexpr int kStage = kColumns * kLineBytes;
  const int across = p.to.columns / kColumns, tiles = (p.pixels + kRows - 1) / kRows * across;
  const int chunks = p.channels / kChunk;
  Turn turn(kStageBytes / kStage);
  for (int tile = static_cast<int>(blockIdx.x); tile < tiles; tile += static_cast<int>(gridDim.x))
    for (int chunk = 0; chunk < chunks; ++chunk)
      for (int tap = 0; tap < p.taps.count; ++tap, turn.next()) {
        turn.wait_empty(s.stage_empty);
        const std::int64_t line = std::int64_t{tap * chunks + chunk} * p.to.columns + tile % across * kColumns;
        mbarrier_arrive_expect(&s.stage_full[turn.slot], kStage);
        bulk_copy(stages + turn.slot * kStage, p.filter + line * 8, kStage, &s.stage_full[turn.slot]);
      }
}

constexpr int kFillers = 96;  // threads that fill windows

// 96 threads: windows, 6 pixels of 64 channels at a time (bfloat16: 12); 16 (8) threads read 256 (128) neighbouring
// bytes and write a line.
template <int kColumns, int kRows, class S>
__device__ void fill_windows(const WindowConv<S>& p, Barriers& s, std::byte* windows, int thread) {
  const int tiles = (p.pixels + kRows - 1) / kRows * (p.to.columns / kColumns), part = thread % kParts<S>;
  if (thread < 8)
    *reinterpret_cast<uint4*>(windows + (2 * p.window * kLineBytes + thread * 16)) = make_uint4(0, 0, 0, 0);
  Turn turn(2);
  for (int tile = static_cast<int>(blockIdx.x); tile < tiles; tile += static_cast<int>(gridDim.x)) {
    const int begin = tile / (p.to.columns / kColumns) * kRows - p.taps.before();  // pixel of line 0
    for (int chunk = 0; chunk < p.channels / kChunk; ++chunk, turn.next()) {
      turn.wait_empty(s.window_empty);
      std::byte* const window = windows + turn.slot * p.window * kLineBytes;
      bring_lines<kFillers / kParts<S>, 12>(window, p.x + chunk * kChunk, p.channels, part, thread / kParts<S>,
                                            p.window, begin, 0, p.pixels);
      lines_brought<S>(&s.window_full[turn.slot]);
    }
  }
  finish_copies<S>();
}

// A warp's rows m0 + 64 b to m0 + 64 b + 15 of y: four lanes store 8 neighbouring columns: 32 bytes, or of
// bfloat16 16, half a sector, which the next store fills up in the second-level cache.
template <int kColumns, int kBlocks, class S>
__device__ void store_tile(const Target<S>& to, const float (&sums)[kBlocks][kColumns / 2], int pixels, int m0, int n0,
                           int lane) {
  const bool bare = !to.bias && !to.residual && to.activation == Activation::none;
#pragma unroll
  for (int b = 0; b < kBlocks; ++b)
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int m = m0 + b * 64 + lane / 4 + half * 8, k0 = n0 + lane % 4 * 2;
      if (m >= pixels) continue;
      const std::int64_t at = to.row(m) + k0;
#pragma unroll
      for (int j = 0; j < kColumns / 8; ++j) {
        Floats<2> two = {{sums[b][j * 4 + half * 2], sums[b][j * 4 + half * 2 + 1]}};
        if (!bare) {
          const int k = k0 + j * 8;
          two = {{to.finished(two.at[0], at + j * 8, k), to.finished(two.at[1], at + j * 8 + 1, k + 1)}};
        }
        store<2>(to.y + at + j * 8, two);
      }
    }
}

// Two warpgroups, each kBlocks times 64 pixels: fragments of the window by ldmatrix (rows 16 w to 16 w + 15 of a warp,
// as in mma.m16n8k16: PTX ISA, "Register fragments for wgmma.mma_async.m64nNk16"), the filter from its stage. They take
// turns: while one fetches fragments, the other's products keep the tensor cores busy.
template <int kColumns, int kBlocks, class S>
__device__ void multiply_windows(const WindowConv<S>& p, Barriers& s, const std::byte* stages, const std::byte* windows,
                                 int thread) {
  constexpr int kRows = 2 * 64 * kBlocks, kStage = kColumns * kLineBytes;
  const int across = p.to.columns / kColumns, tiles = (p.pixels + kRows - 1) / kRows * across, lane = thread % 32;
  const int row0 =
      thread / kWarpgroup * 64 * kBlocks + thread % kWarpgroup / 32 * 16;  // of the warp, in its first block
  const std::byte* const zeros = windows + 2 * p.window * kLineBytes;
  Turn stage(kStageBytes / kStage);
  Turn turn(2);
  for (int tile = static_cast<int>(blockIdx.x); tile < tiles; tile += static_cast<int>(gridDim.x)) {
    const int m0 = tile / across * kRows + row0, n0 = tile % across * kColumns;
    unsigned inside[kBlocks];
#pragma unroll
    for (int b = 0; b < kBlocks; ++b) inside[b] = p.taps.inside(m0 + b * 64 + lane % 16, p.pixels);
    float sums[kBlocks][kColumns / 2] = {};
    for (int chunk = 0; chunk < p.channels / kChunk; ++chunk, turn.next()) {
      const std::byte* const window = windows + turn.slot * p.window * kLineBytes;
      turn.wait_full(s.window_full);
      int line = row0 + lane % 16, column = 0;  // of the window, for block 0 and this tap
#pragma unroll 1
      for (int tap = 0; tap < p.taps.count; ++tap, stage.next()) {
        unsigned a[kBlocks][kChunk / 16][4];
#pragma unroll
        for (int b = 0; b < kBlocks; ++b) {
          const int i = line + b * 64;
          const std::byte* const from = inside[b] >> tap & 1 ? window + i * kLineBytes : zeros;
#pragma unroll
          for (int k = 0; k < kChunk / 16; ++k) ldmatrix_x4(a[b][k], from + ((2 * k + lane / 16) ^ i % 8) * 16);
        }
        stage.wait_full(s.stage_full);
        const std::uint64_t filter = wgmma_descriptor(stages + stage.slot * kStage);
        wgmma_fence();
#pragma unroll
        for (int k = 0; k < kChunk / 16; ++k)
#pragma unroll
          for (int b = 0; b < kBlocks; ++b) wgmma_bf16(sums[b], a[b][k], filter + 2 * k);
        wgmma_commit();
        wgmma_wait<0>(sums);
        __syncwarp();
        if (lane == 0) mbarrier_arrive(&s.stage_empty[stage.slot]);
        ++line;
        if (++column == p.taps.across) column = 0, line += p.taps.width - p.taps.across;
      }
      if (lane == 0) mbarrier_arrive(&s.window_empty[turn.slot]);  // after the last tap's __syncwarp
    }
    store_tile<kColumns, kBlocks>(p.to, sums, p.pixels, m0, n0, lane);
  }
}
#endif

// Block: one on a multiprocessor, every gridDim-th tile of 128 kBlocks pixels x kColumns channels, 64 channels of one
// tap at a time; so the next tile's window and filter come while this one is multiplied and stored. Where the compiler
// may not emit Hopper's instructions the body is empty and made for blocks of one warp: multiprocessors() sees that.
template <class S, int kColumns, int kBlocks>
__global__ void __launch_bounds__(MUECA_HOPPER ? kThreads : 32, 1) conv_wgmma([[maybe_unused]] WindowConv<S> p) {
#if MUECA_HOPPER
  Barriers& s = shared<Barriers>();
  std::byte* const stages = swizzled_memory();      // [stage][column][64]
  std::byte* const windows = stages + kStageBytes;  // [2][window][64], and zeros
  const int thread = static_cast<int>(threadIdx.x);
  if (thread == 0) {
    for (int i = 0; i < 8; ++i) mbarrier_init(&s.stage_full[i], 1), mbarrier_init(&s.stage_empty[i], 8);
    for (int i = 0; i < 2; ++i) mbarrier_init(&s.window_full[i], kFillers), mbarrier_init(&s.window_empty[i], 8);
    fence_proxy_async();  // the copies that complete on them are of that proxy
  }
  __syncthreads();
  constexpr int kRows = 2 * 64 * kBlocks;
  if (thread < kWarpgroup) {
    give_registers<88>();  // 65536 of the multiprocessor: 128 x (88 + 2 x 208)
    if (thread == 0) bring_filter<kColumns, kRows>(p, s, stages);
    if (thread >= kWarpgroup - kFillers) fill_windows<kColumns, kRows>(p, s, windows, thread - (kWarpgroup - kFillers));
  } else {
    take_registers<208>();
    multiply_windows<kColumns, kBlocks>(p, s, stages, windows, thread - kWarpgroup);
  }
#endif
}

std::size_t shared_bytes(std::int64_t window) {
  return 1024 + kStageBytes + (2 * static_cast<std::size_t>(window) + 1) * kLineBytes;
}

// Lines of a window beyond its tile's pixels.
std::int64_t reach(const ConvShape& d) { return (d.r - 1) * d.w + d.s - 1; }

template <int kColumns, int kBlocks, class S>
void start(Stream& stream, WindowConv<S> p, std::int64_t beyond, unsigned most) {
  constexpr int kRows = 2 * 64 * kBlocks;
  p.window = static_cast<int>(kRows + beyond);
  const unsigned tiles = blocks(p.pixels, kRows) * blocks(p.to.columns, kColumns);
  launch<conv_wgmma<S, kColumns, kBlocks>>(stream, dim3(std::min(tiles, most)), dim3(kThreads), shared_bytes(p.window),
                                           p);
}

// Rounds of tiles, in units of one block of 64 pixels a warpgroup: the whole of the multiprocessors' time.
std::int64_t rounds(std::int64_t pixels, std::int64_t columns, int each, unsigned most) {
  return each * static_cast<std::int64_t>(blocks(blocks(pixels, 128 * each) * columns, most));
}

// x [N, H, W, C], w [R, S, C, K]; turned: x is gy, and y [N, H, W, C] the gradient of a convolution of shape d.
template <class S>
void run(Stream& stream, const ConvShape& d, const S* x, const float* w, bool turned, const Target<S>& to) {
  WindowConv<S> p;
  p.pixels = static_cast<int>(d.n * d.h * d.w), p.channels = static_cast<int>(turned ? d.k : d.c);
  p.taps = Taps(d, turned);
  p.x = x, p.to = to;
  check(aligned(kWidest<S>, x, to.y), "conv2d: wgmma takes arrays that start at multiples of 16 bytes");
  const std::int64_t weights = d.r * d.s * d.c * d.k;
  const Buffer filter(stream.device, static_cast<std::size_t>(weights) * 2);
  launch<pack_filter>(stream, dim3(blocks(weights / 8, kNaiveThreads)), dim3(kNaiveThreads), std::size_t{0}, w,
                      static_cast<uint4*>(filter.data()), p.taps.count, to.columns, p.channels, turned);
  p.filter = static_cast<const uint4*>(filter.data());
  const auto most = static_cast<unsigned>(wgmma_multiprocessors());
  const bool wide = to.columns % 128 == 0;
  const std::int64_t across = to.columns / (wide ? 128 : 64);
  const bool thick = rounds(p.pixels, across, 2, most) <= rounds(p.pixels, across, 1, most);
  if (wide)
    thick ? start<128, 2>(stream, p, reach(d), most) : start<128, 1>(stream, p, reach(d), most);
  else
    thick ? start<64, 2>(stream, p, reach(d), most) : start<64, 1>(stream, p, reach(d), most);
}

}  // namespace

int wgmma_multiprocessors() {
#ifdef MUECA_EMULATED
  return 2;  // few, so that a block of small tests has several tiles
#else
  static const int count = [] {  // a process computes on one device
    int device = 0, major = 0, multiprocessors = 0;
    cudaFuncAttributes compiled = {};
    const bool known = cudaGetDevice(&device) == cudaSuccess &&
                       cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device) == cudaSuccess &&
                       cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device) == cudaSuccess;
    if (!known || major != 9) return 0;
    const bool real = cudaFuncGetAttributes(&compiled, conv_wgmma<float, 128, 2>) == cudaSuccess;
    if (!real) cudaGetLastError();  // it was asked for, not met
    return real && compiled.maxThreadsPerBlock >= kThreads ? multiprocessors : 0;
  }();
  return count;
#endif
}

bool wgmma_fits(const ConvShape& d) {
  const std::int64_t pixels = d.n * d.h * d.w;
  return d.stride == 1 && d.p == d.h && d.q == d.w && d.r * d.s > 1 && d.r * d.s <= 32 && d.c % kChunk == 0 &&
         d.k % kChunk == 0 && d.c > 0 && d.k > 0 && pixels < (1 << 30) && d.top < d.r && d.left < d.s &&
         shared_bytes(256 + reach(d)) <= kMostShared && wgmma_multiprocessors() > 0;
}

void wgmma_forward(Stream& stream, const ConvShape& d, const float* x, const float* w, const Target<float>& to) {
  run(stream, d, x, w, false, to);
}
void wgmma_forward(Stream& stream, const ConvShape& d, const bf16* x, const float* w, const Target<bf16>& to) {
  run(stream, d, x, w, false, to);
}

void wgmma_backward_data(Stream& stream, const ConvShape& d, const float* gy, const float* w, const Target<float>& to) {
  run(stream, d, gy, w, true, to);
}
void wgmma_backward_data(Stream& stream, const ConvShape& d, const bf16* gy, const float* w, const Target<bf16>& to) {
  run(stream, d, gy, w, true, to);
}

}  // namespace mueca::MUECA_CUDA
