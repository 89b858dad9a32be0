#include "bench/cuda/job.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/random.h"

namespace mueca::bench {

std::string_view name_of(Math math) { return math == Math::float32 ? "float32" : math == Math::tf32 ? "tf32" : "bf16"; }
double unit_of(Math math) { return math == Math::float32 ? 0 : math == Math::tf32 ? 0x1p-11 : 0x1p-8; }

double unit_of(Store store) { return store == Store::float32 ? 0 : store == Store::bfloat16 ? 0x1p-8 : 0x1p-11; }

// A sum of n random terms of size t strays by about 2^-24 n t from adding them one after the other and by u sqrt(n) t
// from rounding the operands; eight times that leaves room for every sample of every row, and for nothing else.
Verdict judge(const std::vector<Expected>& expected, const std::vector<std::vector<float>>& outputs, Math math,
              Store stored) {
  Verdict v;
  double squares = 0, errors = 0, worst = 0;
  for (const Expected& e : expected) {
    const float got = outputs.at(e.tensor).at(static_cast<std::size_t>(e.index));
    const double error = std::abs(got - e.value);
    const double kept = unit_of(stored) * std::abs(e.value);
    const double allowed = 8 * (0x1p-24 * e.magnitude + unit_of(math) * e.norm) + kept + 1e-30;
    if (!(error <= allowed)) ++v.beyond;
    ++v.sampled;
    squares += e.value * e.value, errors += error * error, worst = std::max(worst, error);
  }
  const double rms = std::sqrt(squares / static_cast<double>(std::max<std::int64_t>(v.sampled, 1)));
  v.worst = rms > 0 ? worst / rms : worst;
  v.relative_l2 = squares > 0 ? std::sqrt(errors / squares) : std::sqrt(errors);
  for (const auto& values : outputs)
    v.not_finite += std::ranges::count_if(values, [](float x) { return !std::isfinite(x); });
  return v;
}

std::vector<std::int64_t> sample_places(std::int64_t size, std::int64_t count, std::uint64_t seed) {
  check(size > 0, "sample_places: nothing to sample");
  std::vector<std::int64_t> places = {0, size - 1};
  const RandomKey key{seed, RandomStream::test};
  for (std::int64_t i = 2; i < count; ++i) {
    const Philox4 words = key.draw(static_cast<std::uint64_t>(i));
    const std::uint64_t wide = std::uint64_t{words.word[0]} << 32 | words.word[1];
    places.push_back(static_cast<std::int64_t>(wide % static_cast<std::uint64_t>(size)));
  }
  std::ranges::sort(places);
  places.erase(std::unique(places.begin(), places.end()), places.end());
  return places;
}

}  // namespace mueca::bench
