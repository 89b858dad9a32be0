// JSON from a stranger: its depth and the number of its values are counted before anything is built of it.
#pragma once
#include <nlohmann/json.hpp>
#include <string_view>

namespace mueca {

struct JsonLimits {
  std::size_t bytes = std::size_t{1} << 20;
  std::size_t values = 100'000;  // counted as commas and opening brackets outside strings
  int depth = 16;
};

// Throws Error "where: what was wrong", with line and column in `text` (both from 1) for malformed JSON; a text of
// one line gives its column alone. An object with a key twice is refused: readers disagree on which one counts.
nlohmann::json parse_bounded_json(std::string_view text, std::string_view where, const JsonLimits& limits = {});

}  // namespace mueca
