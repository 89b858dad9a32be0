// Gray pictures as JPEG: a tenth of their bytes, in every build, for pages that carry thousands of thumbnails.
#pragma once
#include <cstdint>
#include <span>
#include <string>

namespace mueca {

// Baseline JPEG (ITU-T T.81) of gray pixels [height, width], both multiples of 8 and at most 65528; quality 1 to 100
// scales the standard's example table as libjpeg does. Throws Error for other sizes.
std::string gray_jpeg(std::span<const std::uint8_t> pixels, int width, int height, int quality);

}  // namespace mueca
