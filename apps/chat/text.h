// Text from strangers: made safe for a terminal, and folded for comparing words.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace mueca {

// Lets text pass that a terminal only prints: valid UTF-8 without control characters (C0 but for \n and \t, ESC, DEL,
// C1), without bidirectional overrides and invisible tags. What is no UTF-8 becomes U+FFFD. Works on pieces: a
// character that is cut by a piece's end waits for the next one.
class TerminalFilter {
 public:
  std::string pass(std::string_view piece);
  std::string finish();  // what still waits is no character any more

 private:
  std::string waiting_;
};

std::string printable(std::string_view text);  // the filter over a whole text

// A, Á, á -> a; ñ -> n; typographic apostrophes -> '; ¿ ¡ quotes -> blanks; other characters as they are.
std::string folded(std::string_view text);

// Words of the folded text, letters and digits only; apostrophes vanish ("don't" -> "dont"), and "." stands for an end
// of a clause (. , ; : ! ? line break) between two words.
std::vector<std::string> words_and_stops(std::string_view text);
std::vector<std::string> words_of(std::string_view text);  // without the stops

// At most `bytes` of it, cut between characters.
std::string_view shortened(std::string_view text, std::size_t bytes);

}  // namespace mueca
