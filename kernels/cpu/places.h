// Sums over the places of one image: what global average pooling and squeeze-and-excitation share.
#pragma once
#include <algorithm>
#include <cstdint>

namespace mueca::cpu {

// out[c] = factor * sum over places i of term(i * channels + c), four places at a time.
template <class Term>
void sum_over_places(std::int64_t places, std::int64_t channels, float factor, float* out, const Term& term) {
  std::fill_n(out, channels, 0.0f);
  std::int64_t at = 0;
  for (; places >= 4; places -= 4, at += 4 * channels) {
#pragma omp simd
    for (std::int64_t c = 0; c < channels; ++c)
      out[c] += (term(at + c) + term(at + channels + c)) + (term(at + 2 * channels + c) + term(at + 3 * channels + c));
  }
  for (; places > 0; --places, at += channels) {
#pragma omp simd
    for (std::int64_t c = 0; c < channels; ++c) out[c] += term(at + c);
  }
  for (std::int64_t c = 0; c < channels; ++c) out[c] *= factor;
}

}  // namespace mueca::cpu
