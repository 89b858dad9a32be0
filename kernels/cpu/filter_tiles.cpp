#include "kernels/cpu/filter_tiles.h"

#include "core/memory.h"
#include "core/parallel.h"
#include "kernels/cpu/filter.h"

namespace mueca::cpu {

#ifdef MUECA_AMX
namespace {

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

}  // namespace

std::int64_t packed_filter_size(std::int64_t taps, std::int64_t c, std::int64_t k) {
  return taps * ceil_div(c, 32) * ceil_div(k, 16) * kSplits * kTile;
}

void pack_filter(const float* w, std::int64_t taps, std::int64_t c, std::int64_t k, std::uint16_t* out) {
  const std::int64_t c_blocks = ceil_div(c, 32), k_blocks = ceil_div(k, 16);
  parallel_for(taps * c_blocks, 4, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const float* const from = w + i / c_blocks * c * k;
      for (std::int64_t kb = 0; kb < k_blocks; ++kb) {
        const __mmask16 mask = lanes(k - kb * 16);
        for (std::int64_t pair = 0; pair < 16; ++pair) {
          const std::int64_t ci = i % c_blocks * 32 + pair * 2;
          const auto row = [&](std::int64_t r) {
            return _mm512_maskz_loadu_ps(r < c ? mask : lanes(0), from + (r < c ? r * k + kb * 16 : 0));
          };
          const Split v = split(row(ci), row(ci + 1));
          for (int part = 0; part < kSplits; ++part)
            _mm512_storeu_si512(out + ((i * k_blocks + kb) * kSplits + part) * kTile + pair * 32,
                                interleave_halves(v.part[part]));
        }
      }
    }
  });
}

void pack_transposed_filter(const float* w, std::int64_t taps, std::int64_t c, std::int64_t k, std::uint16_t* out) {
  const Buffer scratch(Device::cpu, static_cast<std::size_t>(taps * c * k) * sizeof(float));
  auto* const transposed = static_cast<float*>(scratch.data());
  transpose_filter(w, taps, k, c, false, transposed);
  pack_filter(transposed, taps, c, k, out);
}
#endif

}  // namespace mueca::cpu
