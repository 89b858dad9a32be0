#include "apps/chat/text.h"

#include <gtest/gtest.h>

namespace mueca {
namespace {

TEST(ChatText, LetsOnlyPrintableTextThrough) {
  EXPECT_EQ(printable("plain\ttext\nñ €😀"), "plain\ttext\nñ €😀");
  EXPECT_EQ(printable("a\x1b[31mb\x07"
                      "c\rd\x7f"),
            "a[31mbcd");
  EXPECT_EQ(printable("a\xc2\x9b"
                      "31mb"),
            "a31mb");  // C1: CSI in one character
  EXPECT_EQ(printable("a\xe2\x80\xae"
                      "b\xe2\x81\xa6"
                      "c\xe2\x80\x8f"),
            "abc");  // overrides, isolates, marks
  EXPECT_EQ(printable("a\xf3\xa0\x81\x81"
                      "b"),
            "ab");  // tags
  EXPECT_EQ(printable(std::string_view("a\0b", 3)), "ab");
}

TEST(ChatText, ReplacesWhatIsNoUtf8) {
  EXPECT_EQ(printable("a\xff"
                      "b"),
            "a\xef\xbf\xbd"
            "b");
  EXPECT_EQ(printable("\xc0\x9b"), "\xef\xbf\xbd\xef\xbf\xbd");  // ESC in two bytes
  EXPECT_EQ(printable("\xe0\x80\x9b"
                      "x")
                .find('\x1b'),
            std::string::npos);                                       // ... and in three
  EXPECT_EQ(printable("\xed\xa0\x80").substr(0, 3), "\xef\xbf\xbd");  // a surrogate
  EXPECT_EQ(printable("ok\xe2\x82"), "ok\xef\xbf\xbd");               // cut off
}

TEST(ChatText, PiecesMayCutCharacters) {
  const std::string text = "ñ€😀\xc2\x9b\x1b[0m\xff end";
  TerminalFilter filter;
  std::string out;
  for (const char c : text) out += filter.pass(std::string_view(&c, 1));
  EXPECT_EQ(out + filter.finish(), printable(text));
  EXPECT_EQ(printable(text), "ñ€😀[0m\xef\xbf\xbd end");
}

TEST(ChatText, FoldsBothLanguages) {
  EXPECT_EQ(folded("ÁÉÍÓÚÜÑ Don’t"), "aeiouun don't");
  EXPECT_EQ(folded("e\xcc\x81"), "e");  // a combining accent
  EXPECT_EQ(words_of("¿Qué tal? I'm «fine»…"), (std::vector<std::string>{"que", "tal", "im", "fine"}));
  EXPECT_EQ(words_and_stops("no, never"), (std::vector<std::string>{"no", ".", "never"}));
  EXPECT_EQ(shortened("añb", 2), "a");
  EXPECT_EQ(shortened("añb", 3), "añ");
}

}  // namespace
}  // namespace mueca
