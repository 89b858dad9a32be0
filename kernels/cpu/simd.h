// One vector of floats as wide as the machine's registers (compiler vector extensions), with partial loads and stores.
#pragma once
#include <cstdint>
#include <cstring>
#ifdef __AVX512F__
#include <immintrin.h>
#endif

namespace mueca::cpu {

#if defined(__AVX512F__)
inline constexpr int kLanes = 16;
#elif defined(__AVX__)
inline constexpr int kLanes = 8;
#else
inline constexpr int kLanes = 4;
#endif
typedef float Vec __attribute__((vector_size(kLanes * sizeof(float))));
typedef float UnalignedVec __attribute__((vector_size(kLanes * sizeof(float)), aligned(4), may_alias));

inline Vec load(const float* p) { return *reinterpret_cast<const UnalignedVec*>(p); }
inline void store(float* p, Vec v) { *reinterpret_cast<UnalignedVec*>(p) = v; }
inline Vec broadcast(float a) { return a - Vec{}; }  // a - 0 is a, for -0 as well: no subtraction is left

// The first `count` < kLanes floats; the other lanes are zero, and memory behind is not touched.
inline Vec load_first(const float* p, int count) {
#ifdef __AVX512F__
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), p);
#else
  Vec v{};
  std::memcpy(&v, p, static_cast<std::size_t>(count) * sizeof(float));
  return v;
#endif
}
inline void store_first(float* p, Vec v, int count) {
#ifdef __AVX512F__
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << count) - 1), v);
#else
  std::memcpy(p, &v, static_cast<std::size_t>(count) * sizeof(float));
#endif
}

// Either of the two, chosen at compile time: kFull vectors take the plain path.
template <bool kFull>
inline Vec load_lanes(const float* p, int count) {
  if constexpr (kFull) return load(p);
  return load_first(p, count);
}
template <bool kFull>
inline void store_lanes(float* p, Vec v, int count) {
  if constexpr (kFull) return store(p, v);
  store_first(p, v, count);
}

}  // namespace mueca::cpu
