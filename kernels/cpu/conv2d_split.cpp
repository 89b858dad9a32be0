// Forward and backward data on bfloat16 matrix units. One task packs a block of images (or of rows of one image) as
// flat pixels in three bfloat16 parts, small enough for the second-level cache, and multiplies it with the packed
// filter.
#include "kernels/cpu/conv2d_split.h"

#include <algorithm>

#include "core/error.h"
#include "core/memory.h"
#include "core/parallel.h"
#include "kernels/cpu/filter_tiles.h"
#include "kernels/cpu/flat_pack.h"

namespace mueca::cpu {

#ifdef MUECA_AMX
namespace {

struct Tap {
  const Bf16* a;  // the tap's flat pixel 0
  const Bf16* b;  // the tap's filter tiles
};

// MT x 16 flat pixels times NT x 16 outputs, over all taps and channels, into sum [MT * 16][32].
template <int MT, int NT>
void multiply(const std::vector<Tap>& taps, std::int64_t m, std::int64_t kb, std::int64_t k_blocks,
              std::int64_t c_blocks, std::int64_t flat, float* sum) {
  zero_tiles<MT, NT>();
  for (const Tap& tap : taps) {
    const Bf16 *a = tap.a + m * 32, *b = tap.b + kb * kSplits * kTile;
    for (std::int64_t cb = 0; cb < c_blocks; ++cb) {
      multiply_tiles<MT, NT>(a, flat * 32, kTile, b, kTile, kSplits * kTile);
      a += kSplits * flat * 32;
      b += k_blocks * kSplits * kTile;
    }
  }
  store_tiles<MT, NT>(sum, 32);
}

// Rows of sum go to their pixels; place < 0 marks the places between rows.
void write(const float* sum, const std::int64_t* place, std::int64_t pixels, std::int64_t kb, std::int64_t k,
           const Epilogue& e, float* y) {
  for (std::int64_t half = 0; half < 2; ++half, ++kb, sum += 16) {
    const __mmask16 mask = lanes(k - kb * 16);
    if (!mask) break;
    const __m512 bias = e.b ? _mm512_maskz_loadu_ps(mask, e.b + kb * 16) : _mm512_setzero_ps();
    for (std::int64_t i = 0; i < pixels; ++i) {
      if (place[i] < 0) continue;
      const std::int64_t at = place[i] + kb * 16;
      __m512 v = _mm512_add_ps(_mm512_load_ps(sum + i * 32), bias);
      if (e.residual) v = _mm512_add_ps(v, _mm512_maskz_loadu_ps(mask, e.residual + at));
      _mm512_mask_storeu_ps(y + at, mask, reinterpret_cast<__m512>(clip(reinterpret_cast<Vec>(v), e.activation)));
    }
  }
}

// All jobs of one packed block.
void run_block(const FlatConv& f, const Block& block, const Bf16* packed, const Bf16* filter, const Epilogue& e,
               float* y, std::vector<std::int64_t>& place) {
  constexpr std::int64_t kFilterBytes = 512 << 10;  // of filter tiles that stay in the second-level cache
  const std::int64_t c_blocks = ceil_div(f.c, 32), k_blocks = ceil_div(f.k, 16);
  std::vector<Tap> taps;
  alignas(64) float sum[32 * 32];
  for (const FlatJob& job : f.jobs) {
    place_outputs(f, job, block, place);
    const std::int64_t m_end = std::ssize(place);
    taps.clear();
    for (const FlatTap& t : job.taps)
      taps.push_back({packed + (t.phase * block.plane + t.row * f.pitch + t.column) * 32,
                      filter + t.filter * c_blocks * k_blocks * kSplits * kTile});
    const std::int64_t pair_bytes = 2 * kSplits * kTile * 2 * c_blocks * std::max<std::int64_t>(1, std::ssize(taps));
    const std::int64_t chunk = std::max<std::int64_t>(1, kFilterBytes / pair_bytes) * 2;
    for (std::int64_t k0 = 0; k0 < k_blocks; k0 += chunk)
      for (std::int64_t m = 0; m < m_end; m += 32)
        for (std::int64_t kb = k0; kb < std::min(k_blocks, k0 + chunk); kb += 2) {
          const bool two_rows = m + 16 < m_end, two_columns = kb + 1 < k_blocks;
          const auto run = two_rows ? (two_columns ? multiply<2, 2> : multiply<2, 1>)
                                    : (two_columns ? multiply<1, 2> : multiply<1, 1>);
          run(taps, m, kb, k_blocks, c_blocks, block.flat, sum);
          write(sum, place.data() + m, std::min<std::int64_t>(32, m_end - m), kb, f.k, e, y);
        }
  }
}

void run(const FlatConv& f, const float* x, const Bf16* filter, const Epilogue& e, float* y) {
  constexpr std::int64_t kPackedBytes = 768 << 10;  // of packed pixels: with the filter's chunk, within 2 MB
  const std::int64_t c_blocks = ceil_div(f.c, 32), phases = f.row_phases * f.column_phases;
  const std::int64_t row_bytes = c_blocks * 32 * kSplits * 2 * phases * f.pitch;
  const std::int64_t per_image = f.period * row_bytes;
  const std::int64_t want = 2 * thread_count();  // tasks, so that every thread has some
  const std::int64_t images = std::clamp<std::int64_t>(std::min(kPackedBytes / per_image, f.n / want), 1, f.n);
  std::int64_t rows = f.rows;
  if (images == 1) {
    const std::int64_t fit = std::max<std::int64_t>(1, kPackedBytes / row_bytes - f.extra_rows);
    const std::int64_t parts = std::max(ceil_div(f.rows, fit), std::min(ceil_div(want, f.n), ceil_div(f.rows, 4)));
    rows = ceil_div(f.rows, parts);
  }
  const std::int64_t row_blocks = ceil_div(f.rows, rows), blocks = ceil_div(f.n, images) * row_blocks;
  const std::int64_t period = rows == f.rows ? f.period : rows + f.extra_rows;
  const std::int64_t plane = plane_pixels(f, images, rows);
  const std::int64_t packed_numbers = c_blocks * kSplits * phases * plane * 32;
  parallel_for(blocks, 1, [&](std::int64_t begin, std::int64_t end) {
    const Buffer packed(Device::cpu, static_cast<std::size_t>(packed_numbers) * sizeof(Bf16));
    std::vector<std::int64_t> place;
    const TileScope tiles;
    for (std::int64_t i = begin; i < end; ++i) {
      Block block{i / row_blocks * images, 0, i % row_blocks * rows, 0, period, plane, phases * plane};
      block.n1 = std::min(f.n, block.n0 + images);
      block.row1 = std::min(f.rows, block.row0 + rows);
      pack_images(f, block, 0, f.c, x, static_cast<Bf16*>(packed.data()));
      run_block(f, block, static_cast<const Bf16*>(packed.data()), filter, e, y, place);
    }
  });
}

void pack_and_run(const FlatConv& f, std::int64_t taps, const float* x, const float* w, const Epilogue& e, float* y) {
  const Buffer filter(Device::cpu, static_cast<std::size_t>(packed_filter_size(taps, f.c, f.k)) * sizeof(Bf16));
  (f.transposed ? pack_transposed_filter : pack_filter)(w, taps, f.c, f.k, static_cast<Bf16*>(filter.data()));
  run(f, x, static_cast<const Bf16*>(filter.data()), e, y);
}

}  // namespace

void conv2d_split_forward(const ConvShape& d, const float* x, const float* w, const float* b, float* y) {
  pack_and_run(flat_forward(without_space(d)), d.r * d.s, x, w, {.b = b}, y);
}

void conv2d_split_backward_data(const ConvShape& d, const float* gy, const float* w, float* gx) {
  pack_and_run(flat_backward_data(without_space(d)), d.r * d.s, gy, w, {}, gx);
}

void conv2d_split_pack(const float* w, std::int64_t taps, std::int64_t c, std::int64_t k, float* packed) {
  pack_filter(w, taps, c, k, reinterpret_cast<Bf16*>(packed));
}

void conv2d_split_packed_forward(const ConvShape& d, const float* x, const float* packed, const Epilogue& e, float* y) {
  run(flat_forward(without_space(d)), x, reinterpret_cast<const Bf16*>(packed), e, y);
}

#else
void conv2d_split_pack(const float*, std::int64_t, std::int64_t, std::int64_t, float*) {
  throw Error("conv2d: this build has no AMX");
}
void conv2d_split_packed_forward(const ConvShape&, const float*, const float*, const Epilogue&, float*) {
  throw Error("conv2d: this build has no AMX");
}
void conv2d_split_forward(const ConvShape&, const float*, const float*, const float*, float*) {
  throw Error("conv2d: this build has no AMX");
}
void conv2d_split_backward_data(const ConvShape&, const float*, const float*, float*) {
  throw Error("conv2d: this build has no AMX");
}
#endif

}  // namespace mueca::cpu
