// Sixteen floats side by side, and what the compiler's vectors cannot say: comparing into a mask. The
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
