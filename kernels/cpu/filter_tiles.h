// Filters as tiles of bfloat16 matrix units, in three parts (split_bf16.h).
#pragma once
#include "kernels/cpu/split_bf16.h"

namespace mueca::cpu {

#ifdef MUECA_AMX
// w [taps, C, K] -> [taps, C / 32, K / 16, parts] of 16 pairs of channels x 16 outputs x 2; zeros fill the tails.
void pack_filter(const float* w, std::int64_t taps, std::int64_t c, std::int64_t k, std::uint16_t* out);
// How many numbers that is.
std::int64_t packed_filter_size(std::int64_t taps, std::int64_t c, std::int64_t k);
// The same of w [taps, K, C], for the backward pass.
void pack_transposed_filter(const float* w, std::int64_t taps, std::int64_t c, std::int64_t k, std::uint16_t* out);
#endif

}  // namespace mueca::cpu
