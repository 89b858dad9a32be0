// Rearranges the filter of a convolution.
#pragma once
#include <cstdint>

namespace mueca::cpu {

// w [taps, C, K] -> out [taps, K, C]; `turned`: the last tap first, which makes a forward filter of a backward one.
void transpose_filter(const float* w, std::int64_t taps, std::int64_t c, std::int64_t k, bool turned, float* out);

}  // namespace mueca::cpu
