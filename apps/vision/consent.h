// Before a camera opens: what happens with its pictures, and a yes.
#pragma once
#include <string>

namespace mueca {

// For cameras only (names_camera); files and streams pass. Says on stderr what is done with the pictures; on a terminal
// asks, elsewhere wants `agreed` (--yes). `stored`: what this command keeps, if anything. Throws Error without a yes.
void ask_consent(const std::string& source, bool agreed, const std::string& stored);

}  // namespace mueca
