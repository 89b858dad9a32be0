// Float32 products on bfloat16 matrix units (Intel AMX). A float is the exact sum of three bfloat16 numbers,
// v = hi + mid + lo with |mid| <= 2^-8 |v|, |lo| <= 2^-16 |v| (round to nearest each time), so
//   a b = hi hi + (hi mid + mid hi) + (hi lo + mid mid + lo hi) + rest,   |rest| <= (2 + 2^-8) 2^-24 |a b|.
// The six products are exact in float32 and are summed in float32; the rest is dropped. The result of a sum of n
// products is therefore within (n + 2) 2^-24 sum |a b| of the true one, like plain float32 arithmetic, and exact for
// integers below 2^8 (mid = lo = 0). The unit flushes denormals to zero; an infinity becomes NaN.
// Six products instead of one still leave about three times the speed of the vector units.
#pragma once
#include <cstdint>

#if defined(__AMX_TILE__) && defined(__AMX_BF16__) && defined(__AVX512BF16__) && defined(__AVX512BW__) && \
    defined(__linux__) && defined(__x86_64__)
#define MUECA_AMX 1
#include <immintrin.h>
#endif

namespace mueca::cpu {

bool has_amx();  // compiled in, and the kernel lets this process use the tile registers

#ifdef MUECA_AMX
inline constexpr int kSplits = 3;      // hi, mid, lo: in this order in memory
inline constexpr int kTile = 16 * 32;  // bfloat16 numbers in one tile register: 16 rows of 64 bytes

// Tile registers of the calling thread: eight tiles of 16 rows of 64 bytes.
class TileScope {
 public:
  TileScope();
  ~TileScope() { _tile_release(); }
  TileScope(const TileScope&) = delete;
  TileScope& operator=(const TileScope&) = delete;
};

struct Split {
  __m512i part[kSplits];  // 32 bfloat16 each: lanes 0-15 of `low`, then of `high`
};

inline Split split(__m512 low, __m512 high) {
  // Masked forms with a full mask: GCC 12 warns of its own undefined operands in the plain ones.
  const auto widen = [](__m256i half) {
    return _mm512_castsi512_ps(_mm512_maskz_slli_epi32(0xFFFF, _mm512_maskz_cvtepu16_epi32(0xFFFF, half), 16));
  };
  Split out;
  for (int i = 0; i < kSplits; ++i) {
    const __m512i part = reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(high, low));
    out.part[i] = part;
    if (i + 1 == kSplits) break;
    low = _mm512_sub_ps(low, widen(_mm512_maskz_extracti64x4_epi64(0xFF, part, 0)));
    high = _mm512_sub_ps(high, widen(_mm512_maskz_extracti64x4_epi64(0xFF, part, 1)));
  }
  return out;
}

// lane i of `even` and of `odd` side by side: what a row of the right-hand tile holds for two neighbouring indices.
inline __m512i interleave_halves(__m512i v) {
  const __m512i from = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21,
                                        5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  return _mm512_maskz_permutexvar_epi16(0xFFFFFFFF, from, v);
}

inline __mmask16 lanes(std::int64_t count) {
  return count >= 16 ? static_cast<__mmask16>(0xFFFF) : static_cast<__mmask16>((1u << (count > 0 ? count : 0)) - 1);
}

// A hint only; the address may lie behind the array.
inline void prefetch(const float* p) { _mm_prefetch(reinterpret_cast<const char*>(p), _MM_HINT_T0); }

// Accumulators (tiles 0-3, [MT][NT] of 16x16 floats) += a b, over one tile depth of 32.
// The parts of an operand are `part` numbers apart, its second block `next`. Small products first; each operand stays
// in its tile for as long as it can.
template <int MT, int NT>
inline void multiply_tiles(const std::uint16_t* a, std::int64_t a_part, std::int64_t a_next, const std::uint16_t* b,
                           std::int64_t b_part, std::int64_t b_next) {
#define MUECA_LOAD_A(part)               \
  _tile_loadd(4, a + (part)*a_part, 64); \
  if constexpr (MT > 1) _tile_loadd(5, a + (part)*a_part + a_next, 64)
#define MUECA_LOAD_B(part)               \
  _tile_loadd(6, b + (part)*b_part, 64); \
  if constexpr (NT > 1) _tile_loadd(7, b + (part)*b_part + b_next, 64)
#define MUECA_MULTIPLY                           \
  _tile_dpbf16ps(0, 4, 6);                       \
  if constexpr (NT > 1) _tile_dpbf16ps(1, 4, 7); \
  if constexpr (MT > 1) _tile_dpbf16ps(2, 5, 6); \
  if constexpr (MT > 1 && NT > 1) _tile_dpbf16ps(3, 5, 7)
  MUECA_LOAD_B(0);
  MUECA_LOAD_A(2);
  MUECA_MULTIPLY;  // lo hi
  MUECA_LOAD_A(1);
  MUECA_MULTIPLY;  // mid hi
  MUECA_LOAD_B(1);
  MUECA_MULTIPLY;  // mid mid
  MUECA_LOAD_A(0);
  MUECA_MULTIPLY;  // hi mid
  MUECA_LOAD_B(2);
  MUECA_MULTIPLY;  // hi lo
  MUECA_LOAD_B(0);
  MUECA_MULTIPLY;  // hi hi
#undef MUECA_LOAD_A
#undef MUECA_LOAD_B
#undef MUECA_MULTIPLY
}

template <int MT, int NT>
inline void zero_tiles() {
  _tile_zero(0);
  if constexpr (NT > 1) _tile_zero(1);
  if constexpr (MT > 1) _tile_zero(2);
  if constexpr (MT > 1 && NT > 1) _tile_zero(3);
}

// Tiles 0-3 <-> c [MT * 16][pitch], the column blocks side by side.
template <int MT, int NT>
inline void store_tiles(float* c, std::int64_t pitch) {
  const std::int64_t bytes = pitch * 4;
  _tile_stored(0, c, bytes);
  if constexpr (NT > 1) _tile_stored(1, c + 16, bytes);
  if constexpr (MT > 1) _tile_stored(2, c + 16 * pitch, bytes);
  if constexpr (MT > 1 && NT > 1) _tile_stored(3, c + 16 * pitch + 16, bytes);
}
template <int MT, int NT>
inline void load_tiles(const float* c, std::int64_t pitch) {
  const std::int64_t bytes = pitch * 4;
  _tile_loadd(0, c, bytes);
  if constexpr (NT > 1) _tile_loadd(1, c + 16, bytes);
  if constexpr (MT > 1) _tile_loadd(2, c + 16 * pitch, bytes);
  if constexpr (MT > 1 && NT > 1) _tile_loadd(3, c + 16 * pitch + 16, bytes);
}
#endif  // MUECA_AMX

}  // namespace mueca::cpu
