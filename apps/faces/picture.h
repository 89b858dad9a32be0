// Pictures from strangers as 8-bit BGR, upright.
#pragma once
#include <filesystem>
#include <opencv2/core.hpp>
#include <string_view>

namespace mueca {

// [H, W] BGR, 8 bits, turned as EXIF says; gray is repeated, 16 bits are scaled down, alpha is laid over white.
// Throws Error naming the file: not there, no JPEG, PNG, BMP or WebP picture, cut off, damaged, or more than
// 100 million pixels (which the header says before anything is decoded).
cv::Mat read_picture(const std::filesystem::path& path);

// The same from a file's bytes; the Error does not name a file.
cv::Mat decode_picture(std::string_view bytes);

}  // namespace mueca
