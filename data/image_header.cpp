#include "data/image_header.h"

#include <cstdint>
#include <cstdlib>

namespace mueca {
namespace {

// `count` bytes at `at`, first byte highest (big) or lowest (little); the caller checks the length.
std::int64_t big(std::string_view bytes, std::size_t at, int count) {
  std::uint64_t value = 0;
  for (int i = 0; i < count; ++i)
    value = value << 8 | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
  return static_cast<std::int64_t>(value);
}
std::int64_t little(std::string_view bytes, std::size_t at, int count) {
  std::uint64_t value = 0;
  for (int i = count; i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
  return static_cast<std::int64_t>(value);
}

std::optional<ImageHeader> header(std::string_view format, std::int64_t width, std::int64_t height, bool complete) {
  if (width < 1 || height < 1 || width > 0x7FFFFFFF || height > 0x7FFFFFFF) return std::nullopt;
  return ImageHeader{format, static_cast<int>(width), static_cast<int>(height), complete};
}

std::optional<ImageHeader> jpeg(std::string_view bytes) {
  for (std::size_t at = 2; at + 9 < bytes.size();) {
    if (bytes[at] != '\xFF') return std::nullopt;
    const auto marker = static_cast<unsigned char>(bytes[at + 1]);
    if (marker == 0xFF) {  // fill byte
      ++at;
      continue;
    }
    const bool frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame)
      return header("JPEG", big(bytes, at + 7, 2), big(bytes, at + 5, 2),
                    bytes.rfind("\xFF\xD9") != std::string_view::npos);
    const auto length = big(bytes, at + 2, 2);
    if (length < 2) return std::nullopt;
    at += 2 + static_cast<std::size_t>(length);
  }
  return std::nullopt;
}

std::optional<ImageHeader> webp(std::string_view bytes) {
  if (bytes.size() < 30) return std::nullopt;
  const bool complete = static_cast<std::int64_t>(bytes.size()) >= little(bytes, 4, 4) + 8;
  const std::string_view kind = bytes.substr(12, 4);
  if (kind == "VP8 ") return header("WebP", little(bytes, 26, 2) & 0x3FFF, little(bytes, 28, 2) & 0x3FFF, complete);
  if (kind == "VP8X") return header("WebP", little(bytes, 24, 3) + 1, little(bytes, 27, 3) + 1, complete);
  if (kind != "VP8L") return std::nullopt;
  const auto bits = little(bytes, 21, 4);
  return header("WebP", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, complete);
}

}  // namespace

std::optional<ImageHeader> read_image_header(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xD8\xFF")) return jpeg(bytes);
  if (bytes.starts_with("\x89PNG\r\n\x1A\n") && bytes.size() >= 24)
    return header("PNG", big(bytes, 16, 4), big(bytes, 20, 4), bytes.rfind("IEND") != std::string_view::npos);
  if (bytes.starts_with("BM") && bytes.size() >= 26) {
    const bool complete = static_cast<std::int64_t>(bytes.size()) >= little(bytes, 2, 4);
    if (little(bytes, 14, 4) == 12) return header("BMP", little(bytes, 18, 2), little(bytes, 20, 2), complete);
    const auto height = static_cast<std::int32_t>(little(bytes, 22, 4));  // negative: the top row comes first
    return header("BMP", little(bytes, 18, 4), std::abs(std::int64_t{height}), complete);
  }
  if (bytes.starts_with("RIFF") && bytes.substr(0, 12).ends_with("WEBP")) return webp(bytes);
  return std::nullopt;
}

}  // namespace mueca
