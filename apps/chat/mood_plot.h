// The expressions of a conversation as a small plot of text: one row per emotion, one column per turn.
#pragma once
#include <string>

#include "apps/chat/expression.h"
#include "apps/chat/language.h"

namespace mueca {

// At most `width` columns of a terminal (the latest turns). unicode: block characters, otherwise the digits 1 to 9.
// Emotions that were never seen have no row; a dot is a turn at which nothing (or nothing certain) was seen.
std::string mood_plot(const ExpressionTrail& trail, Language language, int width, bool unicode, bool color);

std::string emotion_word(const std::string& name, Language language);  // "happy" -> "alegría"

}  // namespace mueca
