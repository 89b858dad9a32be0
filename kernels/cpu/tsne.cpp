// The two halves of t-SNE's gradient (van der Maaten & Hinton 2008): neighbours pull, all pairs push.
#include <cstring>

#include "core/kernel_list.h"
#include "core/memory.h"
#include "core/parallel.h"
#ifdef __AVX512F__
#include <immintrin.h>
#endif

namespace mueca::cpu {
namespace {

// Sixteen floats whatever the machine's registers: sums have the same order with and without AVX-512.
constexpr int kSixteen = 16;
typedef float Sixteen __attribute__((vector_size(kSixteen * sizeof(float))));

float sum_of(const Sixteen& v) {
  float part[4];
  for (int i = 0; i < 4; ++i) part[i] = (v[i] + v[i + 4]) + (v[i + 8] + v[i + 12]);
  return (part[0] + part[1]) + (part[2] + part[3]);
}

// x[l], y[l] = points[index[l]] for points that lie as pairs x, y.
void gather_pairs(const float* points, const std::int32_t* index, Sixteen& x, Sixteen& y) {
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
  for (int l = 0; l < kSixteen; ++l) x[l] = points[2 * index[l]], y[l] = points[2 * index[l] + 1];
#endif
}

}  // namespace

void tsne_attraction(Stream&, In<2> a, In<1> p, Labels column, Labels start, Out<2> pull) {
  const std::int64_t n = a.extent[1];
  const float *const x = a.data, *const y = a.data + n;
  const Buffer room(Device::cpu, static_cast<std::size_t>(2 * n) * sizeof(float));
  auto* const pairs = static_cast<float*>(room.data());  // x, y of a point side by side: one line of cache for both
  for (std::int64_t i = 0; i < n; ++i) pairs[2 * i] = x[i], pairs[2 * i + 1] = y[i];
  parallel_for(n, 64, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      Sixteen fx{}, fy{};
      for (std::int64_t e = start.data[i]; e < start.data[i + 1]; e += kSixteen) {
        Sixteen xj, yj, similarity;
        gather_pairs(pairs, column.data + e, xj, yj);
        std::memcpy(&similarity, p.data + e, sizeof similarity);
        const Sixteen dx = x[i] - xj, dy = y[i] - yj, force = similarity / (1 + dx * dx + dy * dy);
        fx += force * dx, fy += force * dy;
      }
      pull.data[i] = sum_of(fx), pull.data[n + i] = sum_of(fy);
    }
  });
}

void tsne_repulsion(Stream&, In<2> a, Out<2> push, Out<1> z) {
  const std::int64_t n = a.extent[1];
  const float *const x = a.data, *const y = a.data + n;
  parallel_for(n, 32, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const float xi = x[i], yi = y[i];
      float fx = 0, fy = 0, sum = 0;
#pragma omp simd reduction(+ : fx, fy, sum)
      for (std::int64_t j = 0; j < n; ++j) {
        const float dx = xi - x[j], dy = yi - y[j], q = 1 / (1 + dx * dx + dy * dy), qq = q * q;
        sum += j == i ? 0 : q, fx += dx * qq, fy += dy * qq;
      }
      push.data[i] = fx, push.data[n + i] = fy, z.data[i] = sum;
    }
  });
}

}  // namespace mueca::cpu
