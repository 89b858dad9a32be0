#include "nn/init.h"

#include <cmath>
#include <numbers>

#include "core/parallel.h"
#include "core/random.h"

namespace mueca {
namespace {

// Fills t four elements at a time with four(words): element i depends on (key, i) alone.
template <class Four>
void fill_by_four(const Tensor& t, RandomKey key, const Four& four) {
  float* const out = t.data();
  const Index n = t.size();
  parallel_for((n + 3) / 4, 4096, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      float value[4];
      four(key.draw(static_cast<std::uint64_t>(i)), value);
      for (Index j = 4 * i; j < std::min(n, 4 * i + 4); ++j) out[j] = value[j - 4 * i];
    }
  });
}

}  // namespace

std::uint64_t seed_of(std::uint64_t seed, std::string_view name) {
  std::uint64_t hash = 0xCBF29CE484222325u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  std::uint64_t z = hash + seed * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

Tensor he_normal(Shape shape, Index fan_in, std::uint64_t seed, std::string_view name) {
  Tensor t(shape);
  const float deviation = std::sqrt(2.0f / static_cast<float>(fan_in));
  fill_by_four(t, {seed_of(seed, name), RandomStream::init}, [deviation](Philox4 words, float* value) {
    for (int pair = 0; pair < 4; pair += 2) {  // Box-Muller
      const float u = 1.0f - uniform01(words.word[pair]), v = uniform01(words.word[pair + 1]);
      const float radius = deviation * std::sqrt(-2.0f * std::log(u)), angle = 2.0f * std::numbers::pi_v<float> * v;
      value[pair] = radius * std::cos(angle);
      value[pair + 1] = radius * std::sin(angle);
    }
  });
  return t;
}

Tensor glorot_uniform(Shape shape, Index fan_in, Index fan_out, std::uint64_t seed, std::string_view name) {
  Tensor t(shape);
  const float limit = std::sqrt(6.0f / static_cast<float>(fan_in + fan_out));
  fill_by_four(t, {seed_of(seed, name), RandomStream::init}, [limit](Philox4 words, float* value) {
    for (int i = 0; i < 4; ++i) value[i] = limit * (2.0f * uniform01(words.word[i]) - 1.0f);
  });
  return t;
}

}  // namespace mueca
