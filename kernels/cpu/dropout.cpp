// Dropout: which elements survive depends on their number and the key alone.
#include <cmath>

#include "core/kernel_list.h"
#include "kernels/cpu/strips.h"

namespace mueca::cpu {
namespace {

constexpr Index kCounters = 64, kBlock = 4 * kCounters;  // each counter gives four random words

// The words of counters first, first + 1 ..., in the order of the elements they decide.
void draw_block(const RandomKey& key, std::uint64_t first, std::uint32_t step, std::uint32_t* __restrict words) {
#pragma omp simd
  for (Index i = 0; i < kCounters; ++i) {
    const Philox4 four = key.draw(first + static_cast<std::uint64_t>(i), step);
    for (int j = 0; j < 4; ++j) words[4 * i + j] = four.word[j];
  }
}

}  // namespace

// y = x / (1 - rate) where the element's random number is at least the rate, 0 elsewhere.
void dropout_forward(Stream&, In<1> x, Numbers numbers, Out<1> y, Dropout how) {
  const Index n = y.size();
  const std::uint32_t step = numbers.data->step;
  const float survivor = 1 / (1 - how.rate);
  // uniform01(word) >= rate, without leaving the integers.
  const auto least = static_cast<std::uint32_t>(std::ceil(static_cast<double>(how.rate) * 0x1p24));
  parallel_for((n + kBlock - 1) / kBlock, kGrain / kBlock, [&](Index begin, Index end) {
    std::uint32_t words[kBlock];
    for (Index block = begin; block < end; ++block) {
      draw_block(how.key, static_cast<std::uint64_t>(block * kCounters), step, words);
      const float* __restrict in = x.data + block * kBlock;
      float* __restrict out = y.data + block * kBlock;
      const Index count = std::min(kBlock, n - block * kBlock);
      for (Index i = 0; i < count; ++i) {
        const float kept = in[i] * survivor;
        out[i] = words[i] >> 8 >= least ? kept : 0;
      }
    }
  });
}

}  // namespace mueca::cpu
