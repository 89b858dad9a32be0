#include "apps/chat/finetune/text_repair.h"

#include <array>

namespace mueca {
namespace {

constexpr std::uint32_t kReplacement = 0xFFFD;

// Windows-1252 from 0x80 on; 0 where it has no character. From 0xA0 on it is Latin-1.
constexpr std::array<std::uint16_t, 32> kWindows1252 = {0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                                        0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
                                                        0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                                        0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

void append_utf8(std::string& out, std::uint32_t code) {  // below U+10000, which is all that is made here
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xE0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

void append_windows_1252(std::string& out, unsigned char byte, TextRepairs& repairs) {
  const std::uint32_t code = byte >= 0xA0 ? byte : kWindows1252[byte - 0x80u];
  ++(code ? repairs.windows_1252 : repairs.lost);
  append_utf8(out, code ? code : kReplacement);
}

}  // namespace

std::size_t utf8_length(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u; };
  const auto tail = [&](std::size_t i) { return (at(i) & 0xC0u) == 0x80u; };
  const unsigned first = at(0);
  if (bytes.empty()) return 0;
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return tail(1) ? 2 : 0;
  if (first >= 0xE0 && first < 0xF0) {  // not overlong, no surrogate
    const bool in_range = (first != 0xE0 || at(1) >= 0xA0) && (first != 0xED || at(1) < 0xA0);
    return in_range && tail(1) && tail(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first < 0xF5) {  // not overlong, not above U+10FFFF
    const bool in_range = (first != 0xF0 || at(1) >= 0x90) && (first != 0xF4 || at(1) < 0x90);
    return in_range && tail(1) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

std::string repaired_text(std::string_view bytes, TextRepairs& repairs) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const auto first = static_cast<unsigned char>(bytes[0]);
    const std::size_t length = utf8_length(bytes);
    const bool c1 = length == 2 && first == 0xC2 && static_cast<unsigned char>(bytes[1]) < 0xA0;
    if (c1) {
      append_windows_1252(out, static_cast<unsigned char>(bytes[1]), repairs);
    } else if (length == 0) {
      append_windows_1252(out, first, repairs);
    } else if (length == 1 && (first < 0x20 || first == 0x7F) && first != '\n' && first != '\t') {
      if (first != '\r') ++repairs.controls;
    } else {
      out += bytes.substr(0, length);
    }
    bytes.remove_prefix(length ? length : 1);
  }
  const auto begin = out.find_first_not_of(" \t\n");
  if (begin == std::string::npos) return {};
  return out.substr(begin, out.find_last_not_of(" \t\n") + 1 - begin);
}

}  // namespace mueca
