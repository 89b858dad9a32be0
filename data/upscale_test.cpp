#include "data/upscale.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "core/error.h"
#include "core/random.h"

namespace mueca {
namespace {

Tensor noise(Index count, Index height, Index width) {
  const Tensor t({count, height, width}, DType::u8);
  Random random({3, RandomStream::test});
  for (std::uint8_t& v : t.span<std::uint8_t>()) v = static_cast<std::uint8_t>(random.below(256));
  return t;
}

// A smooth picture, sampled at pixel centres of an image of that size.
Tensor waves(Index side) {
  const Tensor t({1, side, side}, DType::u8);
  auto* at = t.data<std::uint8_t>();
  for (Index i = 0; i < side; ++i)
    for (Index j = 0; j < side; ++j) {
      const double u = (static_cast<double>(i) + 0.5) / static_cast<double>(side);
      const double v = (static_cast<double>(j) + 0.5) / static_cast<double>(side);
      *at++ = static_cast<std::uint8_t>(
          std::lround(127 + 100 * std::sin(2 * std::numbers::pi * u) * std::cos(4 * std::numbers::pi * v)));
    }
  return t;
}

TEST(Upscale, BlocksBecomeTheirMeans) {
  const Tensor x = Tensor::from<std::uint8_t>({1, 2, 5}, std::vector<std::uint8_t>{0, 1, 10, 20, 9, 2, 3, 30, 41, 9});
  EXPECT_EQ(downscale_images(x, 2).to_vector<std::uint8_t>(), (std::vector<std::uint8_t>{2, 25}));
  EXPECT_THROW(downscale_images(x, 3), Error);
}

TEST(Upscale, APackKeepsAllButItsPictures) {
  Pack pack = make_pack(3, 4, 4);
  pack.class_names = {"a", "b"}, pack.split_names = {"training"}, pack.source_names = {"s"};
  pack.label = {1, 0, 1};
  pack.provenance = "drawn\n";
  const Pack out = with_images(pack, noise(3, 8, 12), "larger");
  EXPECT_EQ(out.height, 8);
  EXPECT_EQ(out.width, 12);
  EXPECT_EQ(out.label, pack.label);
  EXPECT_EQ(out.provenance, "drawn\nlarger\n");
  check_pack(out, "test");
  EXPECT_THROW(with_images(pack, noise(2, 8, 8), ""), Error);
}

TEST(Upscale, PsnrIsItsFormula) {
  const Tensor floats = Tensor::full({1, 1, 1}, 0), x({2, 1, 2}, DType::u8), y({2, 1, 2}, DType::u8);
  for (int i = 0; i < 4; ++i) x.data<std::uint8_t>()[i] = 100, y.data<std::uint8_t>()[i] = i == 2 ? 110 : 100;
  EXPECT_NEAR(psnr(x, y), 10 * std::log10(255.0 * 255.0 / 25), 1e-12);
  EXPECT_TRUE(std::isinf(psnr(x, x)));
  EXPECT_THROW(psnr(x, noise(1, 2, 2)), Error);
  EXPECT_THROW(psnr(floats, floats), Error);
}

#if MUECA_HAVE_OPENCV
TEST(Upscale, ResamplersRestoreASmoothPictureAndLanczosBest) {
  const Tensor small = waves(24), large = waves(48);
  const Tensor cubic = upscale_images(small, 2, Resampler::bicubic);
  const Tensor lanczos = upscale_images(small, 2, Resampler::lanczos);
  EXPECT_EQ(cubic.shape(), large.shape());
  EXPECT_GT(psnr(cubic, large), 40);
  EXPECT_GT(psnr(lanczos, large), 40);
  EXPECT_NE(cubic.to_vector<std::uint8_t>(), lanczos.to_vector<std::uint8_t>());
  EXPECT_GT(ssim(cubic, large), 0.99);
  EXPECT_LT(ssim(noise(1, 48, 48), large), 0.2);
  EXPECT_NEAR(ssim(large, large), 1, 1e-12);
  EXPECT_THROW(upscale_images(small, 5, Resampler::bicubic), Error);
}

// By hand: one window of 11 x 11, constant images: variances are 0, so only the first factor is left.
TEST(Upscale, SsimOfConstantImages) {
  const Tensor x({1, 11, 11}, DType::u8), y({1, 11, 11}, DType::u8);
  for (int i = 0; i < 121; ++i) x.data<std::uint8_t>()[i] = 100, y.data<std::uint8_t>()[i] = 50;
  const double c1 = 2.55 * 2.55;
  EXPECT_NEAR(ssim(x, y), (2 * 100 * 50 + c1) / (100 * 100 + 50 * 50 + c1), 1e-9);
}
#endif

}  // namespace
}  // namespace mueca
