// What somebody may have meant by a misspelt word.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace mueca {

// The name with the fewest insertions, deletions, substitutions and swaps of neighbours (optimal string alignment) from
// `word`, letter case aside; empty when even that one differs in more than a third of the word. The first of equals.
std::string nearest(std::string_view word, std::span<const std::string> names);

// `, did you mean "title"?` or nothing, to be put behind a complaint.
std::string did_you_mean(std::string_view word, std::span<const std::string> names);

}  // namespace mueca
