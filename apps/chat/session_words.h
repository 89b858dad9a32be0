// What the chat program itself says, in both languages.
#pragma once
#include <string>

#include "apps/chat/language.h"

namespace mueca {

struct SessionWords {
  std::string welcome;  // who talks here, what is estimated, what is kept
  std::string sent;     // before the provider's name: where the words go
  std::string help, interrupted, stopped, go_offline, save_where, saved, no_command;
  std::string expression_off, nothing_seen, would_say;
  std::string consent, no_consent;
};

const SessionWords& session_words(Language language);

}  // namespace mueca
