// Packs blocks of images as flat pixels (flat_conv.h) in three bfloat16 parts (split_bf16.h).
#pragma once
#include "kernels/cpu/flat_conv.h"
#include "kernels/cpu/split_bf16.h"

namespace mueca::cpu {

#ifdef MUECA_AMX
using Bf16 = std::uint16_t;

inline std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

// What one task works on: images [n0, n1), output rows [row0, row1) of each.
struct Block {
  std::int64_t n0, n1, row0, row1;
  std::int64_t period;  // packed rows per image
  std::int64_t plane;   // flat pixels of one phase, with room for a last partial tile
  std::int64_t flat;    // of all phases
};

// Packed pixels of `images` images (or of `rows` output rows of one) per phase: Block::plane for any such block.
std::int64_t plane_pixels(const FlatConv&, std::int64_t images, std::int64_t rows);

// Channels [c0, c1) of the block's images: [ceil((c1 - c0) / 32), parts, phases, plane, 32]; what is outside is zero.
void pack_images(const FlatConv&, const Block&, std::int64_t c0, std::int64_t c1, const float* x, Bf16* out);

// The offset in an output [N, rows, columns, K] (or one of its phases) of every flat pixel of the block; -1 between
// rows.
void place_outputs(const FlatConv&, const FlatJob&, const Block&, std::vector<std::int64_t>& place);
#endif

}  // namespace mueca::cpu
