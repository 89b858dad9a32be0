#include "apps/explorer/jpeg.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>

#include "core/error.h"

namespace mueca {
namespace {

using Block = std::array<float, 64>;

constexpr std::array<std::uint8_t, 64> kZigzag = {0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,
                                                  12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6,  7,  14, 21, 28,
                                                  35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
                                                  58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

constexpr std::array<std::uint8_t, 64> kLuminance = {  // T.81, table K.1
    16, 11,  10,  16, 24, 40, 51, 61, 12,  12,  14,  19,  26, 58, 60, 55,  14,  13,  16,  24, 40, 57,
    69, 56,  14,  17, 22, 29, 51, 87, 80,  62,  18,  22,  37, 56, 68, 109, 103, 77,  24,  35, 55, 64,
    81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98,  112, 100, 103, 99};

// How many codes of 1, 2 ... 16 bits, and the symbols in the order of their codes: T.81, tables K.3 and K.5.
constexpr std::array<std::uint8_t, 16> kDcLengths = {0, 1, 5, 1, 1, 1, 1, 1, 1};
constexpr std::array<std::uint8_t, 12> kDcSymbols = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
constexpr std::array<std::uint8_t, 16> kAcLengths = {0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125};
constexpr std::array<std::uint8_t, 162> kAcSymbols = {
    0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71,
    0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0, 0x24, 0x33, 0x62, 0x72,
    0x82, 0x09, 0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x34, 0x35, 0x36, 0x37,
    0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59,
    0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x83,
    0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3,
    0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3,
    0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2,
    0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa};

struct Code {
  std::uint32_t bits = 0;
  int length = 0;
};

// Codes of one length count upwards; the next length goes on at twice the next code (T.81, annex C).
std::array<Code, 256> codes_of(std::span<const std::uint8_t> lengths, std::span<const std::uint8_t> symbols) {
  std::array<Code, 256> codes{};
  std::uint32_t next = 0;
  std::size_t at = 0;
  for (int length = 1; length <= 16; ++length, next <<= 1)
    for (int i = 0; i < lengths[static_cast<std::size_t>(length - 1)]; ++i) codes[symbols[at++]] = {next++, length};
  return codes;
}

class BitWriter {
 public:
  explicit BitWriter(std::string& out) : out_(out) {}
  void put(std::uint32_t bits, int length) {
    held_ = held_ << length | bits;
    for (count_ += length; count_ >= 8; count_ -= 8) {
      const auto byte = static_cast<char>(held_ >> (count_ - 8) & 0xff);
      out_ += byte;
      if (byte == '\xff') out_ += '\0';  // so that no marker appears among the data
    }
  }
  void put(Code code) { put(code.bits, code.length); }
  void finish() { put(0x7f, 7), count_ = 0; }

 private:
  std::string& out_;
  std::uint64_t held_ = 0;
  int count_ = 0;
};

// The two-dimensional cosine transform of T.81, A.3.3: rows, then columns.
Block transformed(const Block& pixels) {
  static const Block basis = [] {
    Block b{};
    for (int u = 0; u < 8; ++u)
      for (int x = 0; x < 8; ++x)
        b[static_cast<std::size_t>(8 * u + x)] =
            static_cast<float>((u ? 0.5 : std::sqrt(0.125)) * std::cos((2 * x + 1) * u * std::numbers::pi / 16));
    return b;
  }();
  Block half{}, out{};
  for (std::size_t y = 0; y < 8; ++y)
    for (std::size_t u = 0; u < 8; ++u)
      for (std::size_t x = 0; x < 8; ++x) half[8 * y + u] += pixels[8 * y + x] * basis[8 * u + x];
  for (std::size_t v = 0; v < 8; ++v)
    for (std::size_t y = 0; y < 8; ++y)
      for (std::size_t u = 0; u < 8; ++u) out[8 * v + u] += half[8 * y + u] * basis[8 * v + y];
  return out;
}

// A value is its number of bits, coded, and those bits; negative ones less 1 (T.81, F.1.2).
void put_value(BitWriter& bits, const std::array<Code, 256>& codes, int zeros, int value) {
  const int length = std::bit_width(static_cast<unsigned>(std::abs(value)));
  bits.put(codes[static_cast<std::size_t>(zeros << 4 | length)]);
  if (length) bits.put(static_cast<std::uint32_t>(value < 0 ? value - 1 : value) & ((1u << length) - 1), length);
}

void segment(std::string& out, char marker, const std::string& body) {
  const auto length = static_cast<int>(body.size()) + 2;
  out += {'\xff', marker, static_cast<char>(length >> 8), static_cast<char>(length & 0xff)};
  out += body;
}

template <class Bytes>
std::string text_of(const Bytes& bytes) {
  return {bytes.begin(), bytes.end()};
}

}  // namespace

std::string gray_jpeg(std::span<const std::uint8_t> pixels, int width, int height, int quality) {
  check(width > 0 && height > 0 && width % 8 == 0 && height % 8 == 0 && width <= 65528 && height <= 65528,
        "jpeg: ", width, " x ", height, " pixels; expected multiples of 8 up to 65528");
  check(pixels.size() == static_cast<std::size_t>(width) * static_cast<std::size_t>(height), "jpeg: ", pixels.size(),
        " values for ", width, " x ", height, " pixels");
  check(quality >= 1 && quality <= 100, "jpeg: quality must be 1 to 100, got ", quality);
  std::array<std::uint8_t, 64> steps{};
  const int scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  for (std::size_t i = 0; i < 64; ++i)
    steps[i] = static_cast<std::uint8_t>(std::clamp((kLuminance[kZigzag[i]] * scale + 50) / 100, 1, 255));

  std::string out = "\xff\xd8";
  segment(out, '\xe0', std::string("JFIF\0\1\1\0\0\1\0\1\0\0", 14));
  segment(out, '\xdb', '\0' + text_of(steps));
  const auto high = [](int v) { return static_cast<char>(v >> 8); };
  const auto low = [](int v) { return static_cast<char>(v & 0xff); };
  segment(out, '\xc0', {8, high(height), low(height), high(width), low(width), 1, 1, 0x11, 0});
  segment(out, '\xc4', '\0' + text_of(kDcLengths) + text_of(kDcSymbols));
  segment(out, '\xc4', '\x10' + text_of(kAcLengths) + text_of(kAcSymbols));
  segment(out, '\xda', {1, 1, 0, 0, 63, 0});

  const auto dc = codes_of(kDcLengths, kDcSymbols), ac = codes_of(kAcLengths, kAcSymbols);
  BitWriter bits(out);
  int last = 0;
  for (int top = 0; top < height; top += 8)
    for (int left = 0; left < width; left += 8) {
      Block block;
      for (int i = 0; i < 64; ++i)
        block[static_cast<std::size_t>(i)] =
            static_cast<float>(pixels[static_cast<std::size_t>((top + i / 8) * width + left + i % 8)]) - 128;
      const Block spectrum = transformed(block);
      std::array<int, 64> level{};
      for (std::size_t i = 0; i < 64; ++i)
        level[i] = static_cast<int>(std::lround(spectrum[kZigzag[i]] / static_cast<float>(steps[i])));
      put_value(bits, dc, 0, level[0] - last);
      last = level[0];
      int zeros = 0;
      for (std::size_t i = 1; i < 64; ++i) {
        if (level[i] == 0) {
          ++zeros;
          continue;
        }
        for (; zeros > 15; zeros -= 16) bits.put(ac[0xf0]);
        put_value(bits, ac, zeros, level[i]);
        zeros = 0;
      }
      if (zeros) bits.put(ac[0]);
    }
  bits.finish();
  return out + "\xff\xd9";
}

}  // namespace mueca
