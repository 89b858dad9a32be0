// Dropout: which elements survive depends on their number and the key alone.
#include "core/kernel_list.h"
#include "kernels/cpu/strips.h"

namespace mueca::cpu {

// y = x / (1 - rate) where the element's random number is at least the rate, 0 elsewhere.
void dropout_forward(Stream&, In<1> x, Out<1> y, Dropout how) {
  const Index n = y.size();
  const float survivor = 1 / (1 - how.rate);
  parallel_for((n + 3) / 4, kGrain / 16, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      const Philox4 random = how.key.draw(static_cast<std::uint64_t>(i), how.step);
      for (Index j = i * 4; j < std::min(i * 4 + 4, n); ++j)
        y.data[j] = uniform01(random.word[j % 4]) >= how.rate ? x.data[j] * survivor : 0;
    }
  });
}

}  // namespace mueca::cpu
