// For the tests of pictures: encoded ones, whole and damaged.
#pragma once
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

namespace mueca {

// BGR, red and blue rising to the right and downwards, so that every turn of it looks different.
inline cv::Mat gradient(int rows, int cols, int type = CV_8UC3) {
  cv::Mat picture(rows, cols, type);
  const double full = picture.depth() == CV_16U ? 257 : 1;
  for (int y = 0; y < rows; ++y)
    for (int x = 0; x < cols; ++x)
      for (int c = 0; c < picture.channels(); ++c) {
        const int shade = c == 0 ? 40 + 3 * y : c == 1 ? 90 : c == 2 ? 20 + 5 * x : 255;
        if (picture.depth() == CV_16U)
          picture.ptr<std::uint16_t>(y)[x * picture.channels() + c] = static_cast<std::uint16_t>(shade * full);
        else
          picture.ptr<std::uint8_t>(y)[x * picture.channels() + c] = static_cast<std::uint8_t>(shade);
      }
  return picture;
}

inline std::string encoded(const std::string& ending, const cv::Mat& picture, const std::vector<int>& how = {}) {
  std::vector<std::uint8_t> bytes;
  cv::imencode(ending, picture, bytes, how);
  return {bytes.begin(), bytes.end()};
}

// A JPEG file with an EXIF segment that holds one entry: the orientation.
inline std::string with_orientation(const std::string& jpeg, int orientation, bool low_byte_first = true) {
  const char o = static_cast<char>(orientation);
  const std::string tiff =
      low_byte_first
          ? std::string("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", 18) + o + std::string("\0\0\0\0\0\0\0", 7)
          : std::string("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", 19) + o + std::string("\0\0\0\0\0\0", 6);
  const std::string body = std::string("Exif\0\0", 6) + tiff;
  const auto length = static_cast<char>(body.size() + 2);
  return jpeg.substr(0, 2) + "\xFF\xE1" + '\0' + length + body + jpeg.substr(2);
}

}  // namespace mueca
