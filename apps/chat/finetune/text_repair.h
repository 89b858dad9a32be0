// Text from a stranger made valid UTF-8, visibly: every byte that had to be guessed, replaced or dropped is counted.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace mueca {

struct TextRepairs {
  std::int64_t windows_1252 = 0;  // bytes 0x80 to 0x9F that were no UTF-8 (or hid in it as C1 controls), now e.g. ’
  std::int64_t lost = 0;          // bytes without a meaning in either encoding, now U+FFFD
  std::int64_t controls = 0;      // control characters and ESC, dropped; line ends and tabs stay

  std::int64_t total() const { return windows_1252 + lost + controls; }
};

// Valid UTF-8 without control characters other than '\n' and '\t', and without blanks at both ends. A byte that is
// no UTF-8 is read as Windows-1252 (https://encoding.spec.whatwg.org/#windows-1252), which is how MELD's quotes came.
std::string repaired_text(std::string_view bytes, TextRepairs& repairs);

// The length in bytes of the well-formed UTF-8 sequence (RFC 3629) at the front; 0 when there is none.
std::size_t utf8_length(std::string_view bytes);

}  // namespace mueca
