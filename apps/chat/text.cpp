#include "apps/chat/text.h"

#include <cstdint>

namespace mueca {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

struct Character {
  std::uint32_t code = 0;
  std::size_t bytes = 0;  // 0: cut off by the end of the text; code 0xFFFD: not UTF-8, skip `bytes`
};

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
Character decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t length = first >= 0xf0 && first <= 0xf4 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (length == 0 || first > 0xf4) return {0xfffd, 1};
  std::uint32_t code = first & (0xffu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if (i == text.size()) return {};
    if ((byte(i) & 0xc0) != 0x80) return {0xfffd, i};
    code = code << 6 | (byte(i) & 0x3fu);
    const bool impossible = i == 1 && ((first == 0xe0 && code < 0x20) || (first == 0xf0 && code < 0x10) ||
                                       (first == 0xf4 && code > 0x10f) || (first == 0xed && code >= 0x360));
    if (impossible) return {0xfffd, 1};
  }
  return {code, length};
}

bool only_prints(std::uint32_t c) {
  if (c == '\n' || c == '\t') return true;
  if (c < 0x20 || (c >= 0x7f && c < 0xa0)) return false;                                          // C0, DEL, C1
  if (c == 0x61c || c == 0x200e || c == 0x200f) return false;                                     // bidirectional marks
  if ((c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff) return false;  // ... and overrides
  return c < 0xe0000 || c > 0xe007f;                                                              // tags
}

}  // namespace

std::string TerminalFilter::pass(std::string_view piece) {
  waiting_ += piece;
  std::string out;
  std::string_view rest = waiting_;
  while (!rest.empty()) {
    const Character c = decode(rest);
    if (c.bytes == 0) break;
    if (c.code == 0xfffd)
      out += kReplacement;
    else if (only_prints(c.code))
      out += rest.substr(0, c.bytes);
    rest.remove_prefix(c.bytes);
  }
  waiting_ = std::string(rest);
  return out;
}

std::string TerminalFilter::finish() {
  const bool cut = !waiting_.empty();
  waiting_.clear();
  return cut ? std::string(kReplacement) : "";
}

std::string printable(std::string_view text) {
  TerminalFilter filter;
  std::string out = filter.pass(text);
  return out + filter.finish();
}

std::string folded(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Character c = decode(text);
    if (c.bytes == 0) break;
    std::uint32_t code = c.code;
    if (code >= 0xc0 && code <= 0xde && code != 0xd7) code += 0x20;  // Latin-1 capitals
    const auto plain = [&]() -> char {
      if (code >= 'A' && code <= 'Z') return static_cast<char>(code + 32);
      if (code < 0x80) return static_cast<char>(code);
      if (code >= 0xe0 && code <= 0xe5) return 'a';
      if (code == 0xe7) return 'c';
      if (code >= 0xe8 && code <= 0xeb) return 'e';
      if (code >= 0xec && code <= 0xef) return 'i';
      if (code == 0xf1) return 'n';
      if (code >= 0xf2 && code <= 0xf6) return 'o';
      if (code >= 0xf9 && code <= 0xfc) return 'u';
      if (code == 0xa1 || code == 0xbf || code == 0xab || code == 0xbb || code == 0xa0)
        return ' ';                                                        // ¡ ¿ « » and a blank
      if (code == 0x2013 || code == 0x2014 || code == 0x2026) return '.';  // dashes, an ellipsis
      if (code == 0x201c || code == 0x201d || code == 0x201e) return ' ';  // quotes
      if (code == 0x2018 || code == 0x2019 || code == 0x2bc || code == 0xb4) return '\'';
      return 0;
    };
    const bool combining = code >= 0x300 && code <= 0x36f;  // accents that were typed as characters of their own
    if (const char letter = plain())
      out += letter;
    else if (!combining)
      out += text.substr(0, c.bytes);
    text.remove_prefix(c.bytes);
  }
  return out;
}

std::vector<std::string> words_and_stops(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
  };
  for (const char c : folded(text)) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '\'' || c == '`') continue;
    if ((u >= 'a' && u <= 'z') || (u >= '0' && u <= '9') || u >= 0x80) {
      word += c;
      continue;
    }
    end_word();
    const bool stop = std::string_view(".,;:!?\n()").find(c) != std::string_view::npos;
    if (stop && !words.empty() && words.back() != ".") words.emplace_back(".");
  }
  end_word();
  return words;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words = words_and_stops(text);
  std::erase(words, ".");
  return words;
}

std::string_view shortened(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

}  // namespace mueca
