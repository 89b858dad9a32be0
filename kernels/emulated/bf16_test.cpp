// narrow and widen of the CUDA kernels, run by the executor, bit by bit: what core/bf16.h says of a single number.
#include "core/bf16.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "core/kernels.h"

namespace mueca {
namespace {

template <class T>
View<T, 1> view(std::span<T> values) {
  return {values.data(), {static_cast<std::int64_t>(values.size())}};
}

// From the first element on (16-byte accesses) or the one after it (an element each, as no wider access fits).
std::vector<bf16> narrow_on_device(const std::vector<float>& x, std::size_t first) {
  std::vector<bf16> y(x.size(), bf16{0x5a5a});
  Stream& stream = stream_of(Device::emulated);
  kernels(Device::emulated).narrow(stream, view(std::span(x).subspan(first)), view(std::span(y).subspan(first)));
  return y;
}
std::vector<float> widen_on_device(const std::vector<bf16>& x, std::size_t first) {
  std::vector<float> y(x.size(), -7);
  Stream& stream = stream_of(Device::emulated);
  kernels(Device::emulated).widen(stream, view(std::span(x).subspan(first)), view(std::span(y).subspan(first)));
  return y;
}

TEST(EmulatedBf16, NarrowRoundsAsItShould) {
  const struct {
    std::uint32_t from;
    std::uint16_t to;
  } known[] = {
      {0x3f808000, 0x3f80},  // 1 + 2^-8, a tie: down to even
      {0x3f818000, 0x3f82},  // 1 + 3 2^-8, a tie: up to even
      {0x3f808001, 0x3f81},  // just above a tie
      {0xbf817fff, 0xbf81},  // just below one
      {0x80000000, 0x8000},  // -0
      {0x00000001, 0x0000},  // the smallest denormal
      {0x00008000, 0x0000},  // half of bfloat16's smallest denormal, a tie
      {0x00018000, 0x0002},  // between two of its denormals, a tie
      {0x007fffff, 0x0080},  // the largest denormal, to the smallest normal
      {0x7f7f7fff, 0x7f7f},  // the largest that stays finite
      {0x7f7f8000, 0x7f80},  // a tie of that and infinity
      {0x7f7fffff, 0x7f80},  // the largest float
      {0xff7fffff, 0xff80}, {0x7f800000, 0x7f80}, {0xff800000, 0xff80},
      {0x7f800001, 0x7fff},  // NaNs whose upper halves alone would be infinities
      {0xff800001, 0x7fff}, {0x7fc00000, 0x7fff}, {0xffffffff, 0x7fff},
  };
  std::vector<float> x;
  for (const auto& k : known) x.push_back(std::bit_cast<float>(k.from));
  for (const std::size_t first : {0, 1}) {
    const std::vector<bf16> y = narrow_on_device(x, first);
    for (std::size_t i = first; i < x.size(); ++i)
      EXPECT_EQ(y[i].bits, known[i].to) << std::hex << known[i].from << " from " << first;
  }
}

// Every upper half, with lower halves at and around where rounding turns.
TEST(EmulatedBf16, NarrowIsNarrowed) {
  std::vector<float> x;
  for (std::uint32_t high = 0; high < 65536; ++high)
    for (const std::uint32_t low : {0x0000u, 0x0001u, 0x7fffu, 0x8000u, 0x8001u, 0xffffu})
      x.push_back(std::bit_cast<float>(high << 16 | low));
  for (const std::size_t first : {0, 1}) {
    const std::vector<bf16> y = narrow_on_device(x, first);
    int wrong = 0;
    for (std::size_t i = first; i < x.size(); ++i) wrong += !(y[i] == narrowed(x[i]));
    EXPECT_EQ(wrong, 0) << "from " << first;
  }
}

TEST(EmulatedBf16, WidenRestoresEveryPattern) {
  std::vector<bf16> x;
  for (std::uint32_t bits = 0; bits < 65536; ++bits) x.push_back({static_cast<std::uint16_t>(bits)});
  for (const std::size_t first : {0, 1}) {
    const std::vector<float> y = widen_on_device(x, first);
    const std::vector<bf16> again = narrow_on_device(y, first);
    int wrong = 0, nans = 0;
    for (std::size_t i = first; i < x.size(); ++i) {
      const bool nan = (x[i].bits & 0x7fff) > 0x7f80;
      nans += nan;
      if (nan)
        wrong += !std::isnan(y[i]) || !std::isnan(widened(again[i]));
      else
        wrong += std::bit_cast<std::uint32_t>(y[i]) != std::uint32_t{x[i].bits} << 16 || !(again[i] == x[i]);
    }
    EXPECT_EQ(wrong, 0) << "from " << first;
    EXPECT_EQ(nans, 2 * 127);
  }
}

}  // namespace
}  // namespace mueca
