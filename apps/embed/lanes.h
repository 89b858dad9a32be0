// Sixteen floats side by side, and what the compiler's vectors cannot say: gathering, and comparing into a mask. The
// sums of callers have the same order with and without AVX-512.
#pragma once
#include <cstdint>
#include <cstring>
#ifdef __AVX512F__
#include <immintrin.h>
#endif

namespace mueca {

inline constexpr int kLanes = 16;
typedef float Lanes __attribute__((vector_size(kLanes * sizeof(float))));
typedef float UnalignedLanes __attribute__((vector_size(kLanes * sizeof(float)), aligned(4), may_alias));

inline Lanes load_lanes(const float* p) { return *reinterpret_cast<const UnalignedLanes*>(p); }

inline float sum_of(const Lanes& v) {
  float part[4];
  for (int i = 0; i < 4; ++i) part[i] = (v[i] + v[i + 4]) + (v[i + 8] + v[i + 12]);
  return (part[0] + part[1]) + (part[2] + part[3]);
}

// x[l], y[l] = points[index[l]] for points that lie as pairs x, y.
inline void gather_pairs(const float* points, const std::int32_t* index, Lanes& x, Lanes& y) {
#ifdef __AVX512F__
  // The mask is computed, not a constant: with a constant one GCC leaves the old contents of the target as an operand,
  // and each gather waits for the one before.
  const auto pairs = [&](const std::int32_t* eight) {
    const __m256i at = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(eight));
    const __mmask8 all = _mm256_cmpge_epi32_mask(at, _mm256_setzero_si256());
    return _mm512_castpd_ps(_mm512_mask_i32gather_pd(_mm512_setzero_pd(), all, at, points, 8));
  };
  const __m512 low = pairs(index), high = pairs(index + 8);
  x = __builtin_shufflevector(low, high, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  y = __builtin_shufflevector(low, high, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
#else
  for (int l = 0; l < kLanes; ++l) x[l] = points[2 * index[l]], y[l] = points[2 * index[l] + 1];
#endif
}

// Bit l: p[l] <= limit.
inline std::uint32_t at_most(const float* p, float limit) {
#ifdef __AVX512F__
  return _mm512_cmp_ps_mask(_mm512_loadu_ps(p), _mm512_set1_ps(limit), _CMP_LE_OQ);
#else
  std::uint32_t mask = 0;
  for (int l = 0; l < kLanes; ++l) mask |= static_cast<std::uint32_t>(p[l] <= limit) << l;
  return mask;
#endif
}

}  // namespace mueca
