// What the offline answers know of one language: words that tell intents, feelings and topics, and the sentences.
#pragma once
#include <array>
#include <span>
#include <string_view>

#include "apps/chat/language.h"

namespace mueca {

using Sentences = std::span<const std::string_view>;  // may hold {name}, {topic}, {feeling}, {quote}, {expression}

// In the order in which they are looked for; what is not among them is a question, a short word or a statement.
enum class Intent {
  give_name,
  goodbye,
  ask_face,
  ask_name,
  ask_self,
  ask_human,
  ask_feelings,
  how_are_you,
  joke,
  advice,
  thanks,
  greeting,
  yes,
  no,
  question,
  brief,
  statement
};
inline constexpr std::size_t kIntents = 17;

// How to sound: by the user's own words, else by the face.
enum class Tone { plain, sad, angry, afraid, glad };
inline constexpr std::size_t kTones = 5;

struct IntentWords {
  Intent intent;
  std::size_t most_words;        // in a longer message the phrase is no sign of it
  std::string_view phrases;      // folded, separated by |, matched as whole words
  std::string_view unless = "";  // ... not with one of these
};

struct FeelingWords {
  Tone tone;
  bool names_feeling;      // "sad" can be reflected ("you feel sad"); "died" only sets the tone
  std::string_view words;  // separated by |
};

struct Topic {
  std::string_view words;   // separated by |
  std::string_view called;  // "your work", as {topic}
  Sentences questions;
};

struct Lexicon {
  std::span<const IntentWords> intents;
  std::span<const FeelingWords> feelings;
  std::span<const Topic> topics;
  std::string_view negators, feel_words, name_phrases, no_names;  // "my name is|call me"; words that are no names
  std::array<Sentences, kIntents> answers;                        // by intent; empty: made of the parts below
  std::array<Sentences, kTones> acknowledge, ask, advise;
  Sentences feels, feels_not, because, back_to_topic, no_face, face, name_known, name_unknown, after_crisis;
};

const Lexicon& lexicon_of(Language language);
const Lexicon& english_lexicon();
const Lexicon& spanish_lexicon();

}  // namespace mueca
