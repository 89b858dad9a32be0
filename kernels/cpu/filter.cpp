#include "kernels/cpu/filter.h"

#include <algorithm>

#include "core/parallel.h"

namespace mueca::cpu {

void transpose_filter(const float* w, std::int64_t taps, std::int64_t c, std::int64_t k, bool turned, float* out) {
  const std::int64_t strips = (c + 15) / 16;  // 16 channels wide: a strip stays in the first-level cache
  parallel_for(taps * strips, 8, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t tap = i / strips, c0 = i % strips * 16, c1 = std::min(c, c0 + 16);
      float* const to = out + (turned ? taps - 1 - tap : tap) * k * c;
      for (std::int64_t ki = 0; ki < k; ++ki)
        for (std::int64_t ci = c0; ci < c1; ++ci) to[ki * c + ci] = w[(tap * c + ci) * k + ki];
    }
  });
}

}  // namespace mueca::cpu
