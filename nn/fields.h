// Configurations as ordered key=value pairs: what a command line, a run's config.toml and a checkpoint hold.
// A configuration takes part with one function found by its argument:
//   template <class F> void visit_fields(ModelConfig& c, F&& f) { f("name", c.name); f("classes", c.classes); ... }
#pragma once
#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"

namespace mueca {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// Text of a field: the shortest number that reads back as the same, true | false, or the string itself.
inline std::string field_text(const std::string& value) { return value; }
inline std::string field_text(bool value) { return value ? "true" : "false"; }
template <class T>
std::string field_text(T value) {
  char text[64];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value);
  check(error == std::errc(), "field: a number has no text");
  return {text, end};
}

// The reverse; throws Error naming the key when the whole text is not such a value.
inline void parse_field(std::string_view, std::string_view text, std::string& value) { value = text; }
inline void parse_field(std::string_view key, std::string_view text, bool& value) {
  check(text == "true" || text == "false", key, ": expected true or false, got \"", text, "\"");
  value = text == "true";
}
template <class T>
void parse_field(std::string_view key, std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  check(error == std::errc() && end == text.data() + text.size(), key, ": expected ",
        std::is_integral_v<T> ? "a whole number" : "a number", " in range, got \"", text, "\"");
}

template <class Config>
Pairs to_pairs(Config config) {
  Pairs pairs;
  visit_fields(config, [&](std::string_view key, auto& value) { pairs.emplace_back(key, field_text(value)); });
  return pairs;
}

// False when the configuration has no such key; throws Error when the text is no value for it.
template <class Config>
bool set_field(Config& config, std::string_view key, std::string_view text) {
  bool found = false;
  visit_fields(config, [&](std::string_view name, auto& value) {
    if (name == key) parse_field(key, text, value), found = true;
  });
  return found;
}

// Defaults where a key is missing; throws Error for an unknown key, listing the known ones.
template <class Config>
Config from_pairs(const Pairs& pairs) {
  Config config;
  for (const auto& [key, text] : pairs) {
    if (set_field(config, key, text)) continue;
    std::string known;
    for (const auto& [name, value] : to_pairs(config)) known += " " + name;
    check(false, "unknown key \"", key, "\"; known:", known);
  }
  return config;
}

}  // namespace mueca
