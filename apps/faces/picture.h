// Pictures from strangers: any format that OpenCV reads, as 8-bit BGR, upright.
#pragma once
#include <filesystem>
#include <opencv2/core.hpp>

namespace mueca {

// [H, W] BGR, 8 bits, turned as EXIF says; gray is repeated, 16 bits are scaled down, alpha is laid over white.
// Throws Error naming the file: not there, not a picture, truncated, or more than 100 million pixels.
cv::Mat read_picture(const std::filesystem::path& path);

}  // namespace mueca
