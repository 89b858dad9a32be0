#include "apps/faces/picture.h"

#include <array>
#include <cstdint>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "core/files/atomic_file.h"
#include "data/image_header.h"

namespace mueca {
namespace {

constexpr std::int64_t kMostPixels = 100'000'000;
constexpr std::size_t kLargestFile = std::size_t{1} << 29;  // bytes

cv::Mat turned(const cv::Mat& stored, int orientation) {
  cv::Mat upright;
  switch (orientation) {
    case 2:
      cv::flip(stored, upright, 1);
      break;
    case 3:
      cv::rotate(stored, upright, cv::ROTATE_180);
      break;
    case 4:
      cv::flip(stored, upright, 0);
      break;
    case 5:
      cv::transpose(stored, upright);
      break;
    case 6:
      cv::rotate(stored, upright, cv::ROTATE_90_CLOCKWISE);
      break;
    case 7:
      cv::transpose(stored, upright);
      cv::rotate(upright, upright, cv::ROTATE_180);
      break;
    case 8:
      cv::rotate(stored, upright, cv::ROTATE_90_COUNTERCLOCKWISE);
      break;
    default:
      return stored;
  }
  return upright;
}

// BGRA -> BGR over white. An alpha channel that is zero everywhere was never filled in (32-bit BMP): it is left out.
cv::Mat over_white(const cv::Mat& picture) {
  cv::Mat alpha, out(picture.size(), CV_8UC3);
  cv::extractChannel(picture, alpha, 3);
  const bool unused = cv::countNonZero(alpha) == 0;
  for (int y = 0; y < picture.rows; ++y) {
    const auto* from = picture.ptr<cv::Vec4b>(y);
    auto* to = out.ptr<cv::Vec3b>(y);
    for (int x = 0; x < picture.cols; ++x) {
      const int a = unused ? 255 : from[x][3];
      for (int c = 0; c < 3; ++c) to[x][c] = static_cast<std::uint8_t>((from[x][c] * a + 255 * (255 - a) + 127) / 255);
    }
  }
  return out;
}

}  // namespace

cv::Mat decode_picture(std::string_view bytes) {
  check(!bytes.empty(), "is empty");
  const auto header = read_image_header(bytes);
  check(header.has_value(), "is not a JPEG, PNG, BMP or WebP picture");
  check(std::int64_t{header->width} * header->height <= kMostPixels, header->width, " x ", header->height,
        " pixels are more than ", kMostPixels);
  check(header->complete, "the ", header->format, " picture is cut off");
  cv::Mat picture;
  try {
    const cv::Mat raw(1, static_cast<int>(bytes.size()), CV_8U, const_cast<char*>(bytes.data()));
    picture = cv::imdecode(raw, cv::IMREAD_UNCHANGED);  // as stored: not turned, alpha kept
  } catch (const cv::Exception& error) {
    throw Error(str("the ", header->format, " picture cannot be decoded: ", error.err));
  }
  check(!picture.empty(), "the ", header->format, " picture is damaged");
  if (picture.depth() == CV_16U) picture.convertTo(picture, CV_8U, 255.0 / 65535);
  check(picture.depth() == CV_8U, "the ", header->format, " picture has neither 8 nor 16 bits a channel");
  if (picture.channels() == 4) picture = over_white(picture);
  if (picture.channels() == 1) cv::cvtColor(picture, picture, cv::COLOR_GRAY2BGR);
  check(picture.channels() == 3, "the ", header->format, " picture has ", picture.channels(), " channels");
  return turned(picture, header->orientation);
}

cv::Mat read_picture(const std::filesystem::path& path) {
  check(std::filesystem::exists(path), path.string(), ": no such file");
  const std::string bytes = read_file(path, kLargestFile);
  try {
    return decode_picture(bytes);
  } catch (const Error& error) {
    throw Error(str(path.string(), ": ", error.what()));
  }
}

}  // namespace mueca
