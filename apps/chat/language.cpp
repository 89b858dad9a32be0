#include "apps/chat/language.h"

#include <cstdlib>
#include <set>
#include <string>

#include "apps/chat/text.h"

namespace mueca {

Language language_of(std::string_view text, Language fallback) {
  // Function words and greetings that the other language does not have; folded, without apostrophes.
  static const std::set<std::string, std::less<>> kEnglish = {
      "the",    "and",   "is",    "are",  "was",     "were",   "im",     "ive",     "my",   "you",     "your",
      "it",     "its",   "i",     "of",   "to",      "in",     "that",   "this",    "what", "how",     "do",
      "does",   "dont",  "not",   "with", "for",     "have",   "has",    "had",     "be",   "been",    "am",
      "feel",   "about", "hello", "hi",   "hey",     "thanks", "thank",  "bye",     "yes",  "because", "but",
      "so",     "very",  "today", "they", "she",     "we",     "who",    "why",     "can",  "cant",    "just",
      "really", "want",  "would", "good", "morning", "sorry",  "really", "nothing", "there"};
  static const std::set<std::string, std::less<>> kSpanish = {
      "el",     "la",      "los",     "las",    "un",    "una",  "que",     "de",    "del",   "y",     "es",
      "soy",    "estoy",   "esta",    "mi",     "mis",   "tu",   "tus",     "yo",    "en",    "con",   "por",
      "para",   "porque",  "pero",    "muy",    "hoy",   "hola", "gracias", "adios", "si",    "como",  "cual",
      "quien",  "tengo",   "tiene",   "siento", "me",    "te",   "se",      "le",    "lo",    "al",    "buenos",
      "buenas", "dias",    "nada",    "quiero", "puedo", "ha",   "he",      "mas",   "bien",  "mal",   "triste",
      "feliz",  "cansado", "cansada", "eres",   "chao",  "vale", "tambien", "ella",  "nadie", "nunca", "cuando",
      "donde",  "ya",      "fue",     "estas",  "llamo", "hasta"};
  int english = 0, spanish = 0;
  for (const std::string& word : words_of(text)) {
    english += kEnglish.contains(word);
    spanish += kSpanish.contains(word);
  }
  for (const std::string_view mark : {"\xc2\xbf", "\xc2\xa1", "\xc3\xb1", "\xc3\x91"})  // ¿ ¡ ñ Ñ
    if (text.find(mark) != std::string_view::npos) spanish += 2;
  if (english == spanish) return fallback;
  return english > spanish ? Language::english : Language::spanish;
}

Language language_of_environment() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"})
    if (const char* value = std::getenv(name); value && *value)
      return std::string_view(value).starts_with("es") ? Language::spanish : Language::english;
  return Language::english;
}

}  // namespace mueca
