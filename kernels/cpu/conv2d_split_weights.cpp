// Gradient of the filter on bfloat16 matrix units: gw[tap] = x shifted by the tap, transposed, times gy, summed over
// flat pixels. One task packs a block of images: gy transposed (zeros between the rows), and x as pairs of neighbouring
// pixels, in two copies (pairs that start at even and at odd pixels) because a tap shifts by any number of pixels.
#include <algorithm>

#include "core/error.h"
#include "core/memory.h"
#include "core/parallel.h"
#include "kernels/cpu/conv2d_split.h"
#include "kernels/cpu/flat_pack.h"

namespace mueca::cpu {

#ifdef MUECA_AMX
namespace {

// rows[i][j] <-> rows[j][i]: swap halves of ever larger blocks.
void transpose(__m512 (&v)[16]) {
  __m512 t[16];
  for (int i = 0; i < 16; i += 2) {
    t[i] = __builtin_shufflevector(v[i], v[i + 1], 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
    t[i + 1] = __builtin_shufflevector(v[i], v[i + 1], 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
  }
  for (int i = 0; i < 16; i += 4)
    for (int j = 0; j < 2; ++j) {
      const __m512 a = t[i + j], b = t[i + j + 2];
      v[i + 2 * j] = __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
      v[i + 2 * j + 1] = __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
    }
  for (int i = 0; i < 16; i += 8)
    for (int j = 0; j < 4; ++j) {
      const __m512 a = v[i + j], b = v[i + j + 4];
      t[i + j] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27);
      t[i + j + 4] = __builtin_shufflevector(a, b, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
    }
  for (int j = 0; j < 8; ++j) {
    v[j] = __builtin_shufflevector(t[j], t[j + 8], 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    v[j + 8] = __builtin_shufflevector(t[j], t[j + 8], 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  }
}

// gy of the block's flat pixels, transposed: [steps, parts, K / 16, 16, 32 pixels]; zeros between rows and in tails.
void pack_gradient(const float* gy, std::int64_t k, const std::vector<std::int64_t>& place, Bf16* out) {
  const std::int64_t k_blocks = ceil_div(k, 16), pixels = std::ssize(place);
  for (std::int64_t step = 0; step * 32 < pixels; ++step)
    for (std::int64_t kb = 0; kb < k_blocks; ++kb) {
      const __mmask16 mask = lanes(k - kb * 16);
      __m512 half[2][16];
      for (int h = 0; h < 2; ++h) {
        for (int i = 0; i < 16; ++i) {
          const std::int64_t m = step * 32 + h * 16 + i;
          const std::int64_t at = m < pixels ? place[static_cast<std::size_t>(m)] : -1;
          if (at >= 0) prefetch(gy + at + 32 * k + kb * 16);
          half[h][i] = at < 0 ? _mm512_setzero_ps() : _mm512_maskz_loadu_ps(mask, gy + at + kb * 16);
        }
        transpose(half[h]);
      }
      for (int i = 0; i < 16; ++i) {
        const Split v = split(half[0][i], half[1][i]);
        for (int part = 0; part < kSplits; ++part)
          _mm512_store_si512(out + ((step * kSplits + part) * k_blocks + kb) * kTile + i * 32, v.part[part]);
      }
    }
}

// Flat pixels [blocks, parts, flat, 32] -> pairs [2 * blocks, parts, parity, flat / 2, 16 channels, 2].
void pair_pixels(const Bf16* in, std::int64_t blocks, std::int64_t flat, Bf16* out) {
  const __m512i low = _mm512_set_epi16(47, 15, 46, 14, 45, 13, 44, 12, 43, 11, 42, 10, 41, 9, 40, 8, 39, 7, 38, 6, 37,
                                       5, 36, 4, 35, 3, 34, 2, 33, 1, 32, 0);
  const __m512i high = _mm512_add_epi16(low, _mm512_set1_epi16(16));
  const std::int64_t block_numbers = kSplits * 2 * flat * 16;  // of 16 channels
  for (std::int64_t i = 0; i < blocks * kSplits; ++i) {
    const Bf16* const from = in + i * flat * 32;
    for (std::int64_t parity = 0; parity < 2; ++parity) {
      Bf16* const to = out + i / kSplits * 2 * block_numbers + (i % kSplits * 2 + parity) * flat * 16;
      for (std::int64_t j = 0; j < flat / 2; ++j) {
        const std::int64_t first = 2 * j + parity, second = std::min(first + 1, flat - 1);
        const __m512i a = _mm512_load_si512(from + first * 32), b = _mm512_load_si512(from + second * 32);
        _mm512_store_si512(to + j * 32, _mm512_permutex2var_epi16(a, low, b));
        _mm512_store_si512(to + block_numbers + j * 32, _mm512_permutex2var_epi16(a, high, b));
      }
    }
  }
}

// sum [K, pitch] of MT * 16 x NT * 16 += gy^T x over all steps of a block.
template <int MT, int NT>
void accumulate(const Bf16* gradient, std::int64_t k_blocks, const Bf16* pairs, std::int64_t flat, std::int64_t steps,
                float* sum, std::int64_t pitch) {
  load_tiles<MT, NT>(sum, pitch);
  for (std::int64_t step = 0; step < steps; ++step)
    multiply_tiles<MT, NT>(gradient + step * kSplits * k_blocks * kTile, k_blocks * kTile, kTile, pairs + step * kTile,
                           2 * flat * 16, kSplits * 2 * flat * 16);
  store_tiles<MT, NT>(sum, pitch);
}

// How the work is cut: blocks of images or rows go to a fixed number of partial sums, so that the bits do not depend on
// the number of threads; channels of x are taken `chunk` at a time, so that a block fits the second-level cache.
struct Cut {
  std::int64_t images, rows, row_blocks, blocks, parts, chunk;
  std::int64_t plane, flat, most_steps, padded_c, padded_k;
};

Cut cut_work(const FlatConv& f, std::int64_t taps) {
  constexpr std::int64_t kGradientBytes = 768 << 10, kImageBytes = 640 << 10, kPartialBytes = 12 << 20;
  Cut cut{};
  cut.padded_c = ceil_div(f.c, 32) * 32, cut.padded_k = ceil_div(f.k, 16) * 16;
  const std::int64_t phases = f.row_phases * f.column_phases;
  const std::int64_t pixels = std::clamp<std::int64_t>(kGradientBytes / (cut.padded_k * kSplits * 2), 256, 2048);
  cut.images = std::clamp<std::int64_t>(pixels / (f.period * f.pitch), 1, std::max<std::int64_t>(1, f.n / 8));
  cut.rows = f.rows;
  if (cut.images == 1) cut.rows = ceil_div(f.rows, ceil_div(f.rows * f.pitch, pixels));
  cut.row_blocks = ceil_div(f.rows, cut.rows);
  cut.blocks = ceil_div(f.n, cut.images) * cut.row_blocks;
  cut.plane = plane_pixels(f, cut.images, cut.rows);
  cut.flat = phases * cut.plane;
  cut.chunk = std::clamp<std::int64_t>(kImageBytes / (cut.flat * 4 * kSplits) / 32 * 32, 32, cut.padded_c);
  cut.most_steps = ceil_div(cut.plane, 32);
  const std::int64_t partial = taps * cut.padded_k * cut.padded_c * 4;
  cut.parts = 16;  // a power of two: equal shares for 2, 4, 8 threads
  while (cut.parts > 2 && cut.parts * partial > kPartialBytes) cut.parts /= 2;
  cut.parts = std::min(cut.blocks, cut.parts);
  return cut;
}

struct Scratch {
  Buffer gradient, packed, pairs;
  std::vector<std::int64_t> place;
};

// sum [taps, padded K, padded C] += the block's share.
void add_block(const FlatConv& f, const Cut& cut, const Block& block, const float* x, const float* gy, Scratch& scratch,
               float* sum) {
  const FlatJob& job = f.jobs.front();
  auto* const gradient = static_cast<Bf16*>(scratch.gradient.data());
  auto* const packed = static_cast<Bf16*>(scratch.packed.data());
  auto* const pairs = static_cast<Bf16*>(scratch.pairs.data());
  place_outputs(f, job, block, scratch.place);
  pack_gradient(gy, f.k, scratch.place, gradient);
  const std::int64_t steps = ceil_div(std::ssize(scratch.place), 32), k_blocks = cut.padded_k / 16;
  for (std::int64_t c0 = 0; c0 < f.c; c0 += cut.chunk) {
    const std::int64_t c1 = std::min(f.c, c0 + cut.chunk), c_blocks = ceil_div(c1 - c0, 16);
    pack_images(f, block, c0, c1, x, packed);
    pair_pixels(packed, ceil_div(c1 - c0, 32), cut.flat, pairs);
    for (const FlatTap& tap : job.taps) {
      const std::int64_t shift = tap.phase * cut.plane + tap.row * f.pitch + tap.column;
      const Bf16* const shifted = pairs + shift % 2 * cut.flat * 16 + shift / 2 * 32;
      float* const to = sum + tap.filter * cut.padded_k * cut.padded_c + c0;
      for (std::int64_t cb = 0; cb < c_blocks; cb += 2)
        for (std::int64_t kb = 0; kb < k_blocks; kb += 2) {
          const bool two_rows = kb + 1 < k_blocks, two_columns = cb + 1 < c_blocks;
          const auto run = two_rows ? (two_columns ? accumulate<2, 2> : accumulate<2, 1>)
                                    : (two_columns ? accumulate<1, 2> : accumulate<1, 1>);
          run(gradient + kb * kTile, k_blocks, shifted + cb * kSplits * 2 * cut.flat * 16, cut.flat, steps,
              to + kb * 16 * cut.padded_c + cb * 16, cut.padded_c);
        }
    }
  }
}

// sums [parts, taps, K, C] (padded) -> gw [taps, C, K]: the parts in order, then transposed in squares of 16.
void reduce(const FlatConv& f, const Cut& cut, std::int64_t taps, const float* sums, float* gw) {
  const std::int64_t k_blocks = cut.padded_k / 16, c_blocks = ceil_div(f.c, 16);
  const std::int64_t partial = taps * cut.padded_k * cut.padded_c;
  parallel_for(taps * k_blocks * c_blocks, 32, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t tap = i / c_blocks / k_blocks, kb = i / c_blocks % k_blocks, cb = i % c_blocks;
      const float* const from = sums + (tap * cut.padded_k + kb * 16) * cut.padded_c + cb * 16;
      __m512 square[16];
      for (int row = 0; row < 16; ++row) {
        square[row] = _mm512_loadu_ps(from + row * cut.padded_c);
        for (std::int64_t part = 1; part < cut.parts; ++part)
          square[row] += _mm512_loadu_ps(from + part * partial + row * cut.padded_c);
      }
      transpose(square);
      const __mmask16 mask = lanes(f.k - kb * 16);
      for (std::int64_t row = 0; row < std::min<std::int64_t>(16, f.c - cb * 16); ++row)
        _mm512_mask_storeu_ps(gw + (tap * f.c + cb * 16 + row) * f.k + kb * 16, mask, square[row]);
    }
  });
}

}  // namespace

void conv2d_split_backward_weights(const ConvShape& d, const float* x, const float* gy, float* gw) {
  const FlatConv f = flat_forward(without_space(d));
  const std::int64_t taps = d.r * d.s;
  const Cut cut = cut_work(f, taps);
  const std::int64_t partial = taps * cut.padded_k * cut.padded_c;
  const Buffer partials(Device::cpu, static_cast<std::size_t>(cut.parts * partial) * sizeof(float));
  auto* const sums = static_cast<float*>(partials.data());  // [parts, taps, padded K, padded C]
  parallel_for(cut.parts, 1, [&](std::int64_t begin, std::int64_t end) {
    const auto numbers = [](std::int64_t n) { return Buffer(Device::cpu, static_cast<std::size_t>(n) * sizeof(Bf16)); };
    Scratch scratch{numbers(cut.most_steps * kSplits * cut.padded_k * 32),
                    numbers(cut.chunk * kSplits * cut.flat),
                    numbers(cut.chunk * kSplits * cut.flat * 2),
                    {}};
    const TileScope tiles;
    for (std::int64_t part = begin; part < end; ++part) {
      std::fill_n(sums + part * partial, partial, 0.0f);
      for (std::int64_t i = cut.blocks * part / cut.parts; i < cut.blocks * (part + 1) / cut.parts; ++i) {
        Block block{};
        block.n0 = i / cut.row_blocks * cut.images, block.n1 = std::min(f.n, block.n0 + cut.images);
        block.row0 = i % cut.row_blocks * cut.rows, block.row1 = std::min(f.rows, block.row0 + cut.rows);
        block.period = cut.rows == f.rows ? f.period : cut.rows + f.extra_rows;
        block.plane = cut.plane, block.flat = cut.flat;
        add_block(f, cut, block, x, gy, scratch, sums + part * partial);
      }
    }
  });
  reduce(f, cut, taps, sums, gw);
}

#else
void conv2d_split_backward_weights(const ConvShape&, const float*, const float*, float*) {
  throw Error("conv2d: this build has no AMX");
}
#endif

}  // namespace mueca::cpu
