// Philox4x32-10: counter-based random numbers (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
// The same code runs on host and device; a number depends only on (seed, stream, counter), never on who drew before.
#pragma once
#include <cmath>
#include <cstdint>

#if defined(__CUDACC__)
#define MUECA_HD __host__ __device__
#else
#define MUECA_HD
#endif

namespace mueca {

// Independent sequences of one seed. A new use of randomness gets its own line here.
enum class RandomStream : std::uint32_t {
  init = 1,
  shuffle,
  augmentation,
  dropout,
  split,
  generator,
  mixup,
  test,
  balance
};

struct Philox4 {
  std::uint32_t word[4];
};

struct RandomKey {
  std::uint64_t seed = 0;
  RandomStream stream = RandomStream::test;

  // Four random words for the 96-bit counter (a, b); b may use 32 bits. E.g. a = sample index, b = epoch.
  MUECA_HD Philox4 draw(std::uint64_t a, std::uint32_t b = 0) const {
    std::uint32_t x0 = static_cast<std::uint32_t>(a), x1 = static_cast<std::uint32_t>(a >> 32), x2 = b;
    std::uint32_t x3 = static_cast<std::uint32_t>(stream);
    return philox(x0, x1, x2, x3, static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32));
  }

  MUECA_HD static Philox4 philox(std::uint32_t x0, std::uint32_t x1, std::uint32_t x2, std::uint32_t x3,
                                 std::uint32_t k0, std::uint32_t k1) {
    for (int round = 0; round < 10; ++round) {
      const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * x0, p1 = std::uint64_t{0xCD9E8D57u} * x2;
      x0 = static_cast<std::uint32_t>(p1 >> 32) ^ x1 ^ k0;
      x2 = static_cast<std::uint32_t>(p0 >> 32) ^ x3 ^ k1;
      x1 = static_cast<std::uint32_t>(p1);
      x3 = static_cast<std::uint32_t>(p0);
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
    return {{x0, x1, x2, x3}};
  }
};

// [0, 1) with 24 bits, exact in float.
MUECA_HD inline float uniform01(std::uint32_t word) { return static_cast<float>(word >> 8) * 0x1p-24f; }

// [0, n) by multiplication (Lemire); the bias is below n / 2^32.
MUECA_HD inline std::uint32_t below(std::uint32_t word, std::uint32_t n) {
  return static_cast<std::uint32_t>(std::uint64_t{word} * n >> 32);
}

// A sequential reader over one key: host code that wants "the next number" (shuffles, the face generator).
class Random {
 public:
  // `lane` separates sequences of one key (an epoch, an image number), `start` is the first counter: sequences whose
  // starts lie far enough apart never overlap.
  explicit Random(RandomKey key, std::uint32_t lane = 0, std::uint64_t start = 0)
      : key_(key), lane_(lane), counter_(start) {}
  std::uint32_t word() {
    if (used_ == 4) block_ = key_.draw(counter_++, lane_), used_ = 0;
    return block_.word[used_++];
  }
  float uniform(float low = 0, float high = 1) { return low + (high - low) * uniform01(word()); }
  std::uint32_t below(std::uint32_t n) { return mueca::below(word(), n); }
  bool chance(float p) { return uniform() < p; }
  float normal() {  // Box-Muller; one of the pair, so that each call takes exactly two words
    const float u = 1.0f - uniform(), v = uniform();
    return std::sqrt(-2.0f * std::log(u)) * std::cos(6.28318530718f * v);
  }

 private:
  RandomKey key_;
  std::uint32_t lane_;
  std::uint64_t counter_;
  Philox4 block_{};
  int used_ = 4;
};

}  // namespace mueca
