#include "core/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

namespace mueca {
namespace {

// The known answers that Random123 ships (kat_vectors, philox4x32 10).
TEST(Random, PhiloxGivesItsKnownAnswers) {
  const auto draw = [](std::vector<std::uint32_t> c, std::uint32_t k0, std::uint32_t k1) {
    const Philox4 r = RandomKey::philox(c[0], c[1], c[2], c[3], k0, k1);
    return std::vector<std::uint32_t>(r.word, r.word + 4);
  };
  constexpr std::uint32_t kOnes = 0xffffffff;
  EXPECT_EQ(draw({0, 0, 0, 0}, 0, 0), (std::vector<std::uint32_t>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(draw({kOnes, kOnes, kOnes, kOnes}, kOnes, kOnes),
            (std::vector<std::uint32_t>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(draw({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0xa4093822, 0x299f31d0),  // digits of pi
            (std::vector<std::uint32_t>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, AKeyPutsSeedStreamAndCounterWhereTheyBelong) {
  const RandomKey key{0x0123456789abcdef, RandomStream::dropout};
  const Philox4 got = key.draw(0x1122334455667788, 9);
  const Philox4 expected = RandomKey::philox(0x55667788, 0x11223344, 9,
                                             static_cast<std::uint32_t>(RandomStream::dropout), 0x89abcdef, 0x01234567);
  EXPECT_TRUE(std::equal(got.word, got.word + 4, expected.word));
}

TEST(Random, SeedsStreamsAndCountersDrawApart) {
  std::set<std::uint32_t> words;
  for (std::uint64_t seed : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{1} << 32})
    for (const RandomStream stream : {RandomStream::init, RandomStream::test})
      for (std::uint64_t a : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 40})
        for (std::uint32_t b : {0u, 1u}) {
          const Philox4 r = RandomKey{seed, stream}.draw(a, b);
          words.insert(r.word, r.word + 4);
        }
  EXPECT_EQ(words.size(), 3u * 2 * 3 * 2 * 4);
}

TEST(Random, Uniform01CoversItsIntervalExactly) {
  EXPECT_EQ(uniform01(0), 0.0f);
  EXPECT_EQ(uniform01(0x80000000), 0.5f);
  EXPECT_EQ(uniform01(0xffffffff), 1 - 0x1p-24f);
  EXPECT_EQ(uniform01(255), 0.0f);
  EXPECT_EQ(uniform01(256), 0x1p-24f);
}

TEST(Random, BelowStaysBelowAndReachesAll) {
  EXPECT_EQ(below(0, 7), 0u);
  EXPECT_EQ(below(0xffffffff, 7), 6u);
  Random random({5, RandomStream::test});
  std::vector<int> count(7);
  for (int i = 0; i < 70000; ++i) ++count.at(random.below(7));
  for (int c : count) EXPECT_NEAR(c, 10000, 4 * 93);  // four deviations
}

TEST(Random, AReaderIsTheKeysWordsInOrder) {
  const RandomKey key{9, RandomStream::test};
  Random random(key, 3);
  for (std::uint64_t block = 0; block < 3; ++block)
    for (std::uint32_t word : key.draw(block, 3).word) EXPECT_EQ(random.word(), word);
  Random again(key, 3), lane(key, 4);
  EXPECT_EQ(again.word(), key.draw(0, 3).word[0]);
  EXPECT_EQ(lane.word(), key.draw(0, 4).word[0]);
}

TEST(Random, MomentsOfUniformAndNormal) {
  constexpr int kCount = 100000;
  Random random({2, RandomStream::test});
  double sum = 0, squares = 0, normal_sum = 0, normal_squares = 0, beyond = 0;
  for (int i = 0; i < kCount; ++i) {
    const double u = random.uniform(-1, 3);
    ASSERT_TRUE(u >= -1 && u < 3);
    sum += u, squares += (u - 1) * (u - 1);
    const double n = random.normal();
    normal_sum += n, normal_squares += n * n, beyond += std::abs(n) > 2;
  }
  EXPECT_NEAR(sum / kCount, 1, 4 * std::sqrt(4.0 / 3 / kCount));
  EXPECT_NEAR(squares / kCount, 4.0 / 3, 0.02);
  EXPECT_NEAR(normal_sum / kCount, 0, 4 / std::sqrt(kCount));
  EXPECT_NEAR(normal_squares / kCount, 1, 4 * std::sqrt(2.0 / kCount));
  EXPECT_NEAR(beyond / kCount, 0.0455, 0.003);
}

TEST(Random, ChanceIsItsProbability) {
  Random random({4, RandomStream::test});
  int hits = 0;
  for (int i = 0; i < 10000; ++i) hits += random.chance(0.2f);
  EXPECT_NEAR(hits, 2000, 160);
  EXPECT_FALSE(random.chance(0));
  EXPECT_TRUE(random.chance(1));
}

}  // namespace
}  // namespace mueca
