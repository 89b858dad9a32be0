// Words that speak of suicide or self-harm, told before any model is asked. It is a list of phrases, not an
// understanding: it will miss what is said in other words, and it rather answers with care once too often.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "apps/chat/language.h"

namespace mueca {

// Deterministic. Reads both languages whatever the conversation's is. Idioms ("dying to see it", "me muero de risa")
// and plain negation ("I would never kill myself") are let through.
bool speaks_of_crisis(std::string_view text);

// Care first, then people to turn to.
std::string crisis_answer(Language language);

// A phrase of the list. Its words are folded (see text.h); "a|b" is one of several, "?a" may be missing, "a~" begins
// with a. No word matches across the end of a clause.
struct CrisisPhrase {
  std::string_view words;
  std::string_view harmless_before = "", harmless_after = "";  // words next to it that make it an idiom, by spaces
  bool negatable = true;  // "not", "never" shortly before it take it back; false for phrases that hold their own
};
std::span<const CrisisPhrase> crisis_phrases();  // crisis_phrases.cpp

}  // namespace mueca
