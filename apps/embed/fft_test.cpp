#include "apps/embed/fft.h"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>

#include "core/error.h"
#include "core/random.h"

namespace mueca {
namespace {

struct Batch {
  std::vector<Lanes> re, im;
  explicit Batch(Index n) : re(static_cast<std::size_t>(n)), im(static_cast<std::size_t>(n)) {}
};

Batch random_batch(Index n) {
  Random random({static_cast<std::uint64_t>(n), RandomStream::test});
  Batch x(n);
  for (std::size_t i = 0; i < x.re.size(); ++i)
    for (int lane = 0; lane < kLanes; ++lane) x.re[i][lane] = random.normal(), x.im[i][lane] = random.normal();
  return x;
}

std::vector<std::complex<double>> naive(const Batch& x, int lane) {
  const std::size_t n = x.re.size();
  std::vector<std::complex<double>> out(n);
  for (std::size_t k = 0; k < n; ++k)
    for (std::size_t j = 0; j < n; ++j)
      out[k] += std::complex<double>(static_cast<double>(x.re[j][lane]), static_cast<double>(x.im[j][lane])) *
                std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(j * k % n) / static_cast<double>(n));
  return out;
}

TEST(Fft, MatchesTheSumInDouble) {
  for (const Index n : {1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16, 25, 30, 45, 64, 96, 120, 160, 225, 288, 400}) {
    const Batch x = random_batch(n);
    Batch y = x, scratch(n);
    Fft(n).forward(y.re.data(), y.im.data(), scratch.re.data(), scratch.im.data());
    // Each output has a magnitude around sqrt(2 n); rounding grows with the logarithm of n (Higham 2002, 24.1).
    const double bound =
        8 * 0x1p-24 * std::sqrt(2.0 * static_cast<double>(n)) * (1 + std::log2(static_cast<double>(n)));
    for (const int lane : {0, 7, 15}) {
      const auto expected = naive(x, lane);
      for (std::size_t k = 0; k < expected.size(); ++k) {
        EXPECT_NEAR(static_cast<double>(y.re[k][lane]), expected[k].real(), bound) << n << " " << k;
        EXPECT_NEAR(static_cast<double>(y.im[k][lane]), expected[k].imag(), bound) << n << " " << k;
      }
    }
  }
}

TEST(Fft, ExchangedPartsGiveTheInverse) {
  for (const Index n : {60, 128, 150}) {
    const Batch x = random_batch(n);
    Batch y = x, scratch(n);
    const Fft fft(n);
    fft.forward(y.re.data(), y.im.data(), scratch.re.data(), scratch.im.data());
    fft.forward(y.im.data(), y.re.data(), scratch.re.data(), scratch.im.data());
    for (std::size_t i = 0; i < x.re.size(); ++i)
      for (int lane = 0; lane < kLanes; ++lane) {
        EXPECT_NEAR(y.re[i][lane] / static_cast<float>(n), x.re[i][lane], 4e-6f);
        EXPECT_NEAR(y.im[i][lane] / static_cast<float>(n), x.im[i][lane], 4e-6f);
      }
  }
}

TEST(Fft, KnowsItsLengths) {
  EXPECT_EQ(fft_length(0), 1);
  EXPECT_EQ(fft_length(97), 100);
  EXPECT_EQ(fft_length(14), 15);
  EXPECT_EQ(fft_length(14, 16), 16);
  EXPECT_EQ(fft_length(593, 16), 640);
  EXPECT_THROW(Fft(14), Error);
  EXPECT_THROW(Fft(0), Error);
}

}  // namespace
}  // namespace mueca
