#include "data/image_header.h"

#include <algorithm>
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

std::optional<ImageHeader> header(std::string_view format, std::int64_t width, std::int64_t height, bool complete,
                                  int orientation = 1) {
  if (width < 1 || height < 1 || width > 0x7FFFFFFF || height > 0x7FFFFFFF) return std::nullopt;
  return ImageHeader{format, static_cast<int>(width), static_cast<int>(height), complete, orientation};
}

// The orientation in an EXIF block, which is a little TIFF file (EXIF 2.3, tag 0x0112); 1 when it says none.
int exif_orientation(std::string_view exif) {
  if (exif.starts_with(std::string_view("Exif\0\0", 6))) exif.remove_prefix(6);
  const bool low_first = exif.starts_with("II");
  if (exif.size() < 8 || (!low_first && !exif.starts_with("MM"))) return 1;
  const auto number = [&](std::size_t at, int count) {
    return static_cast<std::size_t>(low_first ? little(exif, at, count) : big(exif, at, count));
  };
  const std::size_t table = number(4, 4);
  if (table + 2 > exif.size()) return 1;
  const std::size_t entries = std::min(number(table, 2), (exif.size() - table - 2) / 12);
  for (std::size_t at = table + 2; at < table + 2 + entries * 12; at += 12)
    if (number(at, 2) == 0x0112) {
      const auto value = static_cast<int>(number(at + 8, 2));
      return value >= 1 && value <= 8 ? value : 1;
    }
  return 1;
}

// From marker to marker up to the end of the image. The scans between them are not decoded, only walked over, so that
// the end marker of a thumbnail inside a segment is not taken for the picture's own.
std::optional<ImageHeader> jpeg(std::string_view bytes) {
  std::int64_t width = 0, height = 0;
  int orientation = 1;
  const auto answer = [&](bool complete) { return header("JPEG", width, height, complete, orientation); };
  for (std::size_t at = 2; at + 1 < bytes.size();) {
    const auto marker = static_cast<unsigned char>(bytes[at + 1]);
    const bool in_scan = bytes[at] != '\xFF' || marker == 0 || marker == 0xFF || (marker >= 0xD0 && marker <= 0xD7);
    if (in_scan) {
      ++at;
      continue;
    }
    if (marker == 0xD9) return answer(true);
    if (at + 4 > bytes.size()) break;
    const auto length = static_cast<std::size_t>(big(bytes, at + 2, 2));
    if (length < 2) return answer(false);
    const bool frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame && width == 0 && at + 9 <= bytes.size()) {
      width = big(bytes, at + 7, 2);
      height = big(bytes, at + 5, 2);
    }
    if (marker == 0xE1 && orientation == 1)
      if (const auto segment = bytes.substr(at + 4, length - 2); segment.starts_with("Exif"))
        orientation = exif_orientation(segment);
    at += 2 + length;
  }
  return answer(false);
}

// From chunk to chunk up to IEND.
std::optional<ImageHeader> png(std::string_view bytes) {
  const std::int64_t width = big(bytes, 16, 4), height = big(bytes, 20, 4);
  int orientation = 1;
  for (std::size_t at = 8; at + 12 <= bytes.size();) {
    const auto length = static_cast<std::size_t>(big(bytes, at, 4));
    if (length > bytes.size() - at - 12) break;
    const std::string_view kind = bytes.substr(at + 4, 4);
    if (kind == "IEND") return header("PNG", width, height, true, orientation);
    if (kind == "eXIf") orientation = exif_orientation(bytes.substr(at + 8, length));
    at += 12 + length;
  }
  return header("PNG", width, height, false, orientation);
}

std::optional<ImageHeader> bmp(std::string_view bytes) {
  const auto size = static_cast<std::int64_t>(bytes.size());
  const bool core = little(bytes, 14, 4) == 12;  // the header of OS/2
  if (!core && size < 34) return std::nullopt;
  const std::int64_t width = core ? little(bytes, 18, 2) : little(bytes, 18, 4);
  // Negative: the top row comes first.
  const std::int64_t height =
      core ? little(bytes, 20, 2) : std::abs(std::int64_t{static_cast<std::int32_t>(little(bytes, 22, 4))});
  const std::int64_t depth = core ? little(bytes, 24, 2) : little(bytes, 28, 2);
  const std::int64_t packing = core ? 0 : little(bytes, 30, 4);
  const bool runs = packing == 1 || packing == 2;  // run-length coded: only the file's own size tells
  const std::int64_t row = (std::min<std::int64_t>(width, 0x7FFFFFFF) * depth + 31) / 32 * 4;
  const bool complete =
      runs ? size >= little(bytes, 2, 4) : row == 0 || (size - std::min(size, little(bytes, 10, 4))) / row >= height;
  return header("BMP", width, height, complete);
}

std::optional<ImageHeader> webp(std::string_view bytes) {
  if (bytes.size() < 30) return std::nullopt;
  const bool complete = static_cast<std::int64_t>(bytes.size()) >= little(bytes, 4, 4) + 8;
  const std::string_view kind = bytes.substr(12, 4);
  if (kind == "VP8 ") return header("WebP", little(bytes, 26, 2) & 0x3FFF, little(bytes, 28, 2) & 0x3FFF, complete);
  if (kind == "VP8L") {
    const auto bits = little(bytes, 21, 4);
    return header("WebP", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, complete);
  }
  if (kind != "VP8X") return std::nullopt;
  int orientation = 1;
  for (std::size_t at = 12; at + 8 <= bytes.size();) {  // chunks begin at even places
    const auto length = static_cast<std::size_t>(little(bytes, at + 4, 4));
    if (bytes.substr(at, 4) == "EXIF") orientation = exif_orientation(bytes.substr(at + 8, length));
    at += 8 + length + length % 2;
  }
  return header("WebP", little(bytes, 24, 3) + 1, little(bytes, 27, 3) + 1, complete, orientation);
}

}  // namespace

std::optional<ImageHeader> read_image_header(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xD8\xFF")) return jpeg(bytes);
  if (bytes.starts_with("\x89PNG\r\n\x1A\n") && bytes.size() >= 24) return png(bytes);
  if (bytes.starts_with("BM") && bytes.size() >= 26) return bmp(bytes);
  if (bytes.starts_with("RIFF") && bytes.substr(0, 12).ends_with("WEBP")) return webp(bytes);
  return std::nullopt;
}

}  // namespace mueca
