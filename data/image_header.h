// What an image file says about itself before it is decoded: format, size, which way is up, and whether its end is
// there.
#pragma once
#include <optional>
#include <string_view>

namespace mueca {

struct ImageHeader {
  std::string_view format;  // "JPEG", "PNG", "BMP" or "WebP"
  int width = 0, height = 0;
  bool complete = true;  // false: the file was cut off
  int orientation = 1;   // EXIF's 1 to 8: how the stored picture must be turned; 1 is upright
};

// Reads JPEG, PNG, BMP and WebP headers; nothing for other bytes or a header that is cut off.
std::optional<ImageHeader> read_image_header(std::string_view bytes);

}  // namespace mueca
