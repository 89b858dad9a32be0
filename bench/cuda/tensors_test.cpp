#include "bench/cuda/tensors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "bench/cuda/job.h"
#include "bench/cuda/peer.h"

namespace mueca::bench {
namespace {

std::vector<float> counted(std::int64_t n) {
  std::vector<float> v(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<float>(i);
  return v;
}
std::vector<float> floats(const std::vector<std::byte>& bytes) {
  std::vector<float> v(bytes.size() / 4);
  std::memcpy(v.data(), bytes.data(), bytes.size());
  return v;
}

TEST(BenchTensors, ActivationsToNchw) {
  const TensorSpec spec{"x", {1, 2, 2, 3}, Kind::activation, Role::input};
  const Format nchw{Format::Filters::peer, Order::nchw, Store::float32};
  EXPECT_EQ(floats(to_format(spec, counted(12), nchw)), (std::vector<float>{0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11}));
  EXPECT_EQ(floats(to_format(spec, counted(12), ours(Store::float32))), counted(12));
}

TEST(BenchTensors, FiltersToPeers) {
  const TensorSpec spec{
      "w", {1, 2, 2, 2}, Kind::filter, Role::input};  // [R, S, C, K]: tap s, channel c, filter k at 4s + 2c + k
  const Format nhwc{Format::Filters::peer, Order::nhwc, Store::float32};
  const Format nchw{Format::Filters::peer, Order::nchw, Store::float32};
  EXPECT_EQ(floats(to_format(spec, counted(8), nhwc)), (std::vector<float>{0, 2, 4, 6, 1, 3, 5, 7}));  // [K, R, S, C]
  EXPECT_EQ(floats(to_format(spec, counted(8), nchw)), (std::vector<float>{0, 4, 2, 6, 1, 5, 3, 7}));  // [K, C, R, S]
}

TEST(BenchTensors, ThereAndBack) {
  const TensorSpec activation{"x", {2, 3, 5, 7}, Kind::activation, Role::input},
      filter{"w", {3, 2, 5, 4}, Kind::filter};
  for (const TensorSpec& spec : {activation, filter})
    for (const Order order : {Order::nhwc, Order::nchw})
      for (const Store store : {Store::float32, Store::bfloat16, Store::float16}) {
        const Format f{Format::Filters::peer, order, store};
        const auto values = counted(spec.count());  // integers below 256 are bfloat16 numbers
        EXPECT_EQ(from_format(spec, to_format(spec, values, f), f), values);
      }
}

TEST(BenchTensors, OurFiltersStayFloat32) {
  const TensorSpec x{"x", {1, 1, 1, 4}, Kind::activation, Role::input}, w{"w", {1, 1, 2, 2}, Kind::filter, Role::input};
  EXPECT_EQ(bytes_in(x, ours(Store::bfloat16)), 8u);
  EXPECT_EQ(bytes_in(w, ours(Store::bfloat16)), 16u);
  EXPECT_EQ(bytes_in(w, {Format::Filters::peer, Order::nhwc, Store::bfloat16}), 8u);
}

TEST(BenchTensors, Float16ByHand) {
  const std::pair<float, std::uint16_t> known[] = {{0.0f, 0},
                                                   {-2.0f, 0xc000},
                                                   {65504.0f, 0x7bff},
                                                   {0x1p-14f, 0x0400},
                                                   {0x1p-24f, 0x0001},
                                                   {1.0f / 3, 0x3555},
                                                   {65520.0f, 0x7c00},
                                                   {0x1p-26f, 0x0000},
                                                   {1 + 0x1p-11f, 0x3c00},
                                                   {1 + 0x3p-11f, 0x3c02},
                                                   {0x1.fffp-15f, 0x0400}};
  for (const auto& [value, bits] : known) EXPECT_EQ(to_float16(value), bits) << value;
  for (std::uint32_t b = 0; b < 0x7c00; ++b) EXPECT_EQ(to_float16(from_float16(static_cast<std::uint16_t>(b))), b);
  EXPECT_TRUE(std::isnan(from_float16(to_float16(std::numeric_limits<float>::quiet_NaN()))));
}

TEST(BenchTensors, NoiseIsNeitherZeroNorRegular) {
  const auto v = noise(1500000, 3);
  double mean = 0, squares = 0;
  for (const float x : v) mean += x, squares += x * x;
  EXPECT_NEAR(mean / 1.5e6, 0, 0.01);
  EXPECT_NEAR(squares / 1.5e6, 1.0 / 3, 0.01);
  EXPECT_EQ(v[5], v[5 + 1048573]);
  EXPECT_NE(noise(10, 3), noise(10, 4));
}

TEST(BenchVerdict, SeesWhatIsWrong) {
  // Sums of 100 products of about 1/4.
  const std::vector<Expected> truth = {{0, 0, 2.0, 25.0, 3.0}, {0, 2, -1.0, 25.0, 3.0}};
  const auto judged = [&](std::vector<float> values, Math math, Store store = Store::float32) {
    return judge(truth, {std::move(values)}, math, store);
  };
  EXPECT_TRUE(judged({2, 7, -1}, Math::float32).right());
  EXPECT_FALSE(judged({2.001f, 7, -1}, Math::float32).right());
  EXPECT_TRUE(judged({2.001f, 7, -1}, Math::tf32).right());
  EXPECT_FALSE(judged({2.5f, 7, -1}, Math::bf16).right());
  EXPECT_FALSE(judged({2, std::numeric_limits<float>::quiet_NaN(), -1}, Math::bf16).right());  // not in the sample
  EXPECT_FALSE(judged({std::numeric_limits<float>::quiet_NaN(), 7, -1}, Math::bf16).right());
  EXPECT_FALSE(judge({}, {{1, 2}}, Math::bf16, Store::float32).right());  // nothing was looked at
  const Verdict v = judged({2.001f, 7, -1}, Math::tf32);
  EXPECT_NEAR(v.worst, 0.001 / std::sqrt(2.5), 1e-6);
  EXPECT_NEAR(v.relative_l2, 0.001 / std::sqrt(5), 1e-6);
}

TEST(BenchSets, LeaveTheCacheBehind) {
  EXPECT_EQ(sets_for(100 << 20, 60 << 20), 3);
  EXPECT_EQ(sets_for(10 << 20, 60 << 20), 13);
  EXPECT_EQ(sets_for(100, 60 << 20), 64);
  EXPECT_EQ(sets_for(0, 0), 3);
}

}  // namespace
}  // namespace mueca::bench
