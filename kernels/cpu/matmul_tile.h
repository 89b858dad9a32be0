// The innermost matrix product: a tile of kTileRows x kTileColumns sums in registers.
#pragma once
#include "kernels/cpu/simd.h"

namespace mueca::cpu {

#if defined(__AVX512F__) || defined(__aarch64__)
inline constexpr int kTileRows = 8;  // 32 registers
#else
inline constexpr int kTileRows = 4;  // 16 registers
#endif
inline constexpr int kTileVecs = 2;
inline constexpr int kTileColumns = kTileVecs * kLanes;

// c[i][j] (+)= sum_l a[i * a_row + l * a_step] * b[l * b_step + j]
template <bool kAdd>
inline void matmul_tile(std::int64_t depth, const float* a, std::int64_t a_row, std::int64_t a_step, const float* b,
                        std::int64_t b_step, float* c, std::int64_t c_row) {
  Vec sum[kTileRows][kTileVecs];
#pragma GCC unroll 8
  for (int i = 0; i < kTileRows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < kTileVecs; ++j) sum[i][j] = kAdd ? load(c + i * c_row + j * kLanes) : Vec{};
  for (std::int64_t l = 0; l < depth; ++l) {
    Vec right[kTileVecs];
#pragma GCC unroll 2
    for (int j = 0; j < kTileVecs; ++j) right[j] = load(b + l * b_step + j * kLanes);
#pragma GCC unroll 8
    for (int i = 0; i < kTileRows; ++i) {
      const Vec left = broadcast(a[i * a_row + l * a_step]);
#pragma GCC unroll 2
      for (int j = 0; j < kTileVecs; ++j) sum[i][j] += left * right[j];
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < kTileRows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < kTileVecs; ++j) store(c + i * c_row + j * kLanes, sum[i][j]);
}

}  // namespace mueca::cpu
