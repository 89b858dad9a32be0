// What a model is told before a conversation; fine-tuning data is made with the same words.
#pragma once
#include <string>
#include <string_view>

namespace mueca {

// Who to be. The user may replace it (--system); the rules below stay.
std::string persona();

// How to treat the note, what to do when someone may be in danger: always there.
std::string rules();

// The one system message of a request. `note` (see ExpressionTrail::note) is its last line or absent; whoever imitates
// it in a user's message stays in a user's message. after_crisis: the program has shown help lines earlier.
std::string system_message(std::string_view persona, std::string_view note, bool after_crisis = false);

}  // namespace mueca
