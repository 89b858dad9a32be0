#include "kernels/cpu/flat_pack.h"

#include <algorithm>

namespace mueca::cpu {

#ifdef MUECA_AMX
namespace {

// One packed row: `pitch` pixels of phase b, whose source is `row` [W, C], or null for zeros.
void pack_row(const FlatConv& f, const float* row, std::int64_t channels, std::int64_t b, std::int64_t count, Bf16* out,
              std::int64_t flat) {
  const std::int64_t blocks = ceil_div(channels, 32);
  const std::int64_t step = f.stride * f.c, ahead = std::max<std::int64_t>(512, 8 * step);  // floats to prefetch
  std::int64_t begin = count, end = count;
  if (row) {
    const Range valid = valid_outputs(count, f.w, f.stride, f.left, b);
    begin = valid.begin, end = valid.end;
  }
  for (std::int64_t cb = 0; cb < blocks; ++cb) {
    Bf16* const to = out + cb * kSplits * flat * 32;
    const __mmask16 low = lanes(channels - cb * 32), high = lanes(channels - cb * 32 - 16);
    const auto zero = [&](std::int64_t from, std::int64_t till) {
      for (int part = 0; part < kSplits; ++part)
        std::fill(to + (part * flat + from) * 32, to + (part * flat + till) * 32, Bf16{0});
    };
    zero(0, begin);
    for (std::int64_t v = begin; v < end; ++v) {
      const float* const pixel = row + v * step + (b - f.left) * f.c + cb * 32;
      prefetch(pixel + ahead);
      prefetch(pixel + ahead + 16);
      const Split s = split(_mm512_maskz_loadu_ps(low, pixel), _mm512_maskz_loadu_ps(high, pixel + (high ? 16 : 0)));
      for (int part = 0; part < kSplits; ++part) _mm512_store_si512(to + (part * flat + v) * 32, s.part[part]);
    }
    zero(end, count);
  }
}

}  // namespace

std::int64_t plane_pixels(const FlatConv& f, std::int64_t images, std::int64_t rows) {
  const std::int64_t period = rows == f.rows ? f.period : rows + f.extra_rows;
  // Behind the last image: the rows that it would share with a next one, columns likewise, and a last partial tile.
  const std::int64_t pixels = (images * period + f.rows + f.extra_rows - f.period) * f.pitch + 2 * f.pitch + 64;
  return pixels + pixels % 2;
}

void pack_images(const FlatConv& f, const Block& block, std::int64_t c0, std::int64_t c1, const float* x, Bf16* out) {
  for (std::int64_t phase = 0; phase < f.row_phases * f.column_phases; ++phase) {
    const std::int64_t a = phase / f.column_phases, b = phase % f.column_phases;
    Bf16* const plane = out + phase * block.plane * 32;
    const std::int64_t rows = (block.n1 - block.n0) * block.period;
    for (std::int64_t i = 0; i < rows; ++i) {
      const std::int64_t h = (block.row0 + i % block.period) * f.stride + a - f.top;
      const float* const row =
          h >= 0 && h < f.h ? x + ((block.n0 + i / block.period) * f.h + h) * f.w * f.c + c0 : nullptr;
      pack_row(f, row, c1 - c0, b, f.pitch, plane + i * f.pitch * 32, block.flat);
    }
    pack_row(f, nullptr, c1 - c0, b, block.plane - rows * f.pitch, plane + rows * f.pitch * 32, block.flat);
  }
}

void place_outputs(const FlatConv& f, const FlatJob& job, const Block& block, std::vector<std::int64_t>& place) {
  const std::int64_t images = block.n1 - block.n0, rows = std::min(block.row1, job.rows) - block.row0;
  place.clear();
  if (rows <= 0) return;
  const std::int64_t count = ((images - 1) * block.period + rows - 1) * f.pitch + job.columns;
  place.assign(static_cast<std::size_t>(count), -1);
  for (std::int64_t i = 0; i < images; ++i)
    for (std::int64_t row = 0; row < rows; ++row) {
      std::int64_t* const to = place.data() + (i * block.period + row) * f.pitch;
      const std::int64_t first = (block.n0 + i) * f.image_step + job.first + (block.row0 + row) * job.row_step;
      for (std::int64_t column = 0; column < job.columns; ++column) to[column] = first + column * job.column_step;
    }
}
#endif

}  // namespace mueca::cpu
