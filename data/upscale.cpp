#include "data/upscale.h"

#include <cmath>
#if MUECA_HAVE_OPENCV
#include <opencv2/imgproc.hpp>
#endif

#include "core/error.h"

namespace mueca {
namespace {

constexpr int kMostFactor = 4, kMostSide = 1024;

void check_images(const char* what, const Tensor& t) {
  check(t.defined() && t.dtype() == DType::u8 && t.shape().rank() == 3 && t.size() > 0, what,
        ": images must be uint8 [T, H, W] and not empty");
}

void check_same(const char* what, const Tensor& a, const Tensor& b) {
  check_images(what, a);
  check_images(what, b);
  check(a.shape() == b.shape(), what, ": images of ", a.shape(), " beside ", b.shape());
}

}  // namespace

void check_upscale(const Tensor& images, int factor) {
  check_images("upscale", images);
  const Index height = images.extent(1), width = images.extent(2);
  check(factor >= 2 && factor <= kMostFactor, "upscale: factor must be 2 to ", kMostFactor, ", got ", factor);
  check(std::max(height, width) * factor <= kMostSide, "upscale: ", height, " x ", width, " pixels times ", factor,
        " are more than ", kMostSide);
}

Tensor downscale_images(const Tensor& images, int factor) {
  check_images("downscale", images);
  const Index count = images.extent(0), height = images.extent(1), width = images.extent(2);
  check(factor >= 2 && factor <= std::min(height, width), "downscale: factor must be 2 to ", std::min(height, width),
        ", got ", factor);
  const Index rows = height / factor, columns = width / factor;
  const Tensor out({count, rows, columns}, DType::u8);
  const auto* const from = images.data<std::uint8_t>();
  auto* to = out.data<std::uint8_t>();
  for (Index t = 0; t < count; ++t)
    for (Index i = 0; i < rows; ++i)
      for (Index j = 0; j < columns; ++j) {
        int sum = 0;
        for (Index a = 0; a < factor; ++a)
          for (Index b = 0; b < factor; ++b) sum += from[(t * height + i * factor + a) * width + j * factor + b];
        *to++ = static_cast<std::uint8_t>((2 * sum + factor * factor) / (2 * factor * factor));
      }
  return out;
}

Pack with_images(const Pack& pack, const Tensor& images, const std::string& step) {
  check_images("pack", images);
  check(images.extent(0) == pack.size(), "pack: ", images.extent(0), " images for ", pack.size(), " rows");
  Pack out = pack;
  out.images = images;
  out.height = static_cast<int>(images.extent(1)), out.width = static_cast<int>(images.extent(2));
  out.provenance += step + "\n";
  out.sha256.clear();
  return out;
}

double psnr(const Tensor& images, const Tensor& reference) {
  check_same("psnr", images, reference);
  const auto a = images.span<std::uint8_t>(), b = reference.span<std::uint8_t>();
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return 10 * std::log10(255.0 * 255.0 * static_cast<double>(a.size()) / sum);
}

#if MUECA_HAVE_OPENCV

namespace {

cv::Mat as_mat(const Tensor& images, Index t) {
  const Index height = images.extent(1), width = images.extent(2);
  return {static_cast<int>(height), static_cast<int>(width), CV_8U, images.data<std::uint8_t>() + t * height * width};
}

// The windows' weighted means that lie inside the image.
cv::Mat local_mean(const cv::Mat& image) {
  constexpr int kWindow = 11, kHalf = kWindow / 2;
  cv::Mat mean;
  cv::GaussianBlur(image, mean, {kWindow, kWindow}, 1.5, 1.5);
  return mean(cv::Rect(kHalf, kHalf, image.cols - 2 * kHalf, image.rows - 2 * kHalf));
}

}  // namespace

Tensor upscale_images(const Tensor& images, int factor, Resampler how) {
  check_upscale(images, factor);
  const Tensor out({images.extent(0), images.extent(1) * factor, images.extent(2) * factor}, DType::u8);
  for (Index t = 0; t < images.extent(0); ++t) {
    cv::Mat large = as_mat(out, t);
    cv::resize(as_mat(images, t), large, large.size(), 0, 0,
               how == Resampler::bicubic ? cv::INTER_CUBIC : cv::INTER_LANCZOS4);
  }
  return out;
}

double ssim(const Tensor& images, const Tensor& reference) {
  check_same("ssim", images, reference);
  check(std::min(images.extent(1), images.extent(2)) >= 11, "ssim: images must be at least 11 x 11, got ",
        images.extent(1), " x ", images.extent(2));
  constexpr double kC1 = 0.01 * 255 * 0.01 * 255, kC2 = 0.03 * 255 * 0.03 * 255;
  double sum = 0;
  for (Index t = 0; t < images.extent(0); ++t) {
    cv::Mat a, b;
    as_mat(images, t).convertTo(a, CV_64F);
    as_mat(reference, t).convertTo(b, CV_64F);
    const cv::Mat ma = local_mean(a), mb = local_mean(b);
    const cv::Mat aa = local_mean(a.mul(a)) - ma.mul(ma), bb = local_mean(b.mul(b)) - mb.mul(mb);
    const cv::Mat ab = local_mean(a.mul(b)) - ma.mul(mb);
    const cv::Mat above = (2 * ma.mul(mb) + kC1).mul(2 * ab + kC2);
    const cv::Mat below = (ma.mul(ma) + mb.mul(mb) + kC1).mul(aa + bb + kC2);
    sum += cv::mean(above / below)[0];
  }
  return sum / static_cast<double>(images.extent(0));
}

#else

Tensor upscale_images(const Tensor&, int, Resampler) {
  throw Error("upscale: this build has no OpenCV: apt install libopencv-dev, then configure again");
}
double ssim(const Tensor&, const Tensor&) {
  throw Error("ssim: this build has no OpenCV: apt install libopencv-dev, then configure again");
}

#endif

}  // namespace mueca
