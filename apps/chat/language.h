// English or Spanish, told from a few words.
#pragma once
#include <string_view>

namespace mueca {

enum class Language { english, spanish };

// `fallback` when the text does not tell ("ok", "jaja").
Language language_of(std::string_view text, Language fallback);

// What the environment asks for (LC_ALL, LC_MESSAGES, LANG): Spanish for es_*, otherwise English.
Language language_of_environment();

}  // namespace mueca
