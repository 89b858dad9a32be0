#include "apps/chat/crisis.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "apps/chat/text.h"

namespace mueca {
namespace {

using Words = std::span<const std::string>;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

bool is_one_of(const std::string& word, std::string_view choices, char separator) {
  for (const std::string_view choice : split(choices, separator))
    if (choice.ends_with('~') ? word.starts_with(choice.substr(0, choice.size() - 1)) : word == choice) return true;
  return false;
}

// How many words at `at` the slots cover; 0: they do not.
std::size_t covered(Words words, std::size_t at, std::span<const std::string_view> slots) {
  if (slots.empty()) return 0;
  const std::size_t begin = at;
  const auto match = [&](const auto& self, std::size_t place, std::size_t slot) -> std::size_t {
    if (slot == slots.size()) return place;
    const bool optional = slots[slot].starts_with('?');
    const std::string_view choices = slots[slot].substr(optional ? 1 : 0);
    if (place < words.size() && is_one_of(words[place], choices, '|'))
      if (const std::size_t end = self(self, place + 1, slot + 1)) return end;
    return optional ? self(self, place, slot + 1) : 0;
  };
  const std::size_t end = match(match, at, 0);
  return end > begin ? end - begin : 0;
}

// "I would never", "no me quiero": a negator within three words and the same clause, unless the sentence asks for the
// opposite ("why not", "if I don't", "por qué no").
bool negated(Words words, std::size_t at) {
  static const std::set<std::string_view> kNegators = {"not",  "never", "dont",  "didnt", "wont",  "wouldnt",
                                                       "isnt", "arent", "wasnt", "no",    "nunca", "jamas"};
  static const std::set<std::string_view> kTurns = {".", "but", "and", "pero", "sino", "y"};
  static const std::set<std::string_view> kOpposites = {"why", "if", "unless", "que", "si", "sure", "only", "solo"};
  for (std::size_t back = 1; back <= 3 && back <= at; ++back) {
    const std::string& word = words[at - back];
    if (kTurns.contains(word)) return false;
    if (!kNegators.contains(word)) continue;
    for (std::size_t further = 1; further <= 3 && back + further <= at; ++further)
      if (kOpposites.contains(words[at - back - further])) return false;
    return at - back + 1 >= words.size() || !kOpposites.contains(words[at - back + 1]);
  }
  return false;
}

// One of the two words before `at`, in its clause: "va a matarme" and "political suicide" are harmless.
bool follows(Words words, std::size_t at, std::string_view choices) {
  for (std::size_t back = 1; back <= 2 && back <= at && words[at - back] != "."; ++back)
    if (is_one_of(words[at - back], choices, ' ')) return true;
  return false;
}

}  // namespace

bool speaks_of_crisis(std::string_view text) {
  struct Phrase {
    const CrisisPhrase* entry;
    std::vector<std::string_view> slots;
  };
  static const std::vector<Phrase> phrases = [] {
    std::vector<Phrase> all;
    for (const CrisisPhrase& entry : crisis_phrases()) all.push_back({&entry, split(entry.words, ' ')});
    return all;
  }();
  const std::vector<std::string> words = words_and_stops(text);
  for (std::size_t at = 0; at < words.size(); ++at)
    for (const auto& [entry, slots] : phrases) {
      const std::size_t count = covered(words, at, slots);
      if (count == 0) continue;
      const std::size_t after = at + count;
      if (follows(words, at, entry->harmless_before)) continue;
      if (after < words.size() && is_one_of(words[after], entry->harmless_after, ' ')) continue;
      if (entry->negatable && negated(words, at)) continue;
      return true;
    }
  return false;
}

// As pages that quote the services had them on 2026-11-21: 988, call or text, 2 for Spanish, and 911 in immediate danger
// (the USA; internationalmentalhealth.org quotes 988lifeline.org); 024, day and night (Spain's Ministry of Health since
// May 2022; maldita.es quotes the BOE of 2021-12-20), 112 in emergencies; findahelpline.com lists other countries'.
std::string crisis_answer(Language language) {
  if (language == Language::spanish)
    return "Gracias por decirlo; suena a que lo estás pasando muy mal, y no tienes que llevarlo a solas. Yo "
           "solo soy un "
           "programa, así que te pido que hables ahora con una persona: alguien de confianza cerca de ti, o una "
           "de "
           "estas líneas, gratuitas y confidenciales.\n"
           "  Peligro inmediato: 112 (Europa), 911 (América)\n"
           "  España: 024, día y noche\n"
           "  Estados Unidos: 988, llamada o mensaje; con la opción 2 en español\n"
           "  Otros países: findahelpline.com\n"
           "Si puedes, aleja de ti aquello con lo que podrías hacerte daño y no te quedes a solas. "
           "Aquí sigo si quieres escribir mientras tanto.";
  return "Thank you for saying this; it sounds as if you are in a lot of pain, and you do not have to carry it alone. "
         "I am "
         "only a program, so please talk to a person now: somebody near you whom you trust, or one of these lines, "
         "free "
         "and confidential.\n"
         "  Immediate danger: 911 (US), 112 (Europe), or your local emergency number\n"
         "  United States: 988, call or text\n"
         "  Spain: 024, day and night\n"
         "  Other countries: findahelpline.com\n"
         "If you can, put away whatever you could hurt yourself with, and do not stay by yourself. I am still here if "
         "you "
         "want to write meanwhile.";
}

}  // namespace mueca
