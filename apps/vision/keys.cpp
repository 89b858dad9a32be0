#include "apps/vision/keys.h"

#include <charconv>

#include "apps/command.h"

namespace mueca {
namespace {

int key_of(const std::string& name, const std::string& step) {
  static const std::map<std::string, int> kNames = {
      {"space", kKeySpace}, {"esc", kKeyEscape}, {"plus", '+'}, {"minus", '-'}, {"comma", ','}};
  if (const auto found = kNames.find(name); found != kNames.end()) return found->second;
  if (name.size() != 1)
    throw UsageError(
        str("--script: \"", step, "\": no key \"", name, "\"; known: space esc plus minus comma or one letter"));
  return name[0];
}

}  // namespace

const std::vector<KeyHelp> kVideoKeys = {
    {"q", "quit"},  {"space", "pause"},  {"h", "help"},   {"m", "mirror"},   {"b", "bars"},    {"p", "privacy blur"},
    {"e", "emoji"}, {"s", "screenshot"}, {"r", "record"}, {"d", "detector"}, {"x", "explain"}, {"+/-", "smoothing"}};

const std::vector<KeyHelp> kCaptureKeys = {{"space", "take"}, {"1-9", "class"}, {"u", "undo"}, {"c", "countdown"},
                                           {"t", "burst"},    {"m", "mirror"},  {"h", "help"}, {"q", "quit"}};

KeyScript::KeyScript(const std::string& text) {
  std::string rest = text.starts_with("frame:") ? text.substr(6) : text;
  while (!rest.empty()) {
    const std::string step = rest.substr(0, rest.find(','));
    rest = step.size() < rest.size() ? rest.substr(step.size() + 1) : "";
    std::int64_t turn = -1;
    const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), turn);
    if (error != std::errc() || turn < 0 || end == step.data() + step.size() || *end != '=')
      throw UsageError(str("--script: \"", step, "\": expected FRAME=KEY, as in \"frame:30=space,60=q\""));
    keys_.emplace(turn, key_of(std::string(end + 1, step.data() + step.size()), step));
  }
}

std::vector<int> KeyScript::at(std::int64_t turn) const {
  std::vector<int> keys;
  const auto [begin, end] = keys_.equal_range(turn);
  for (auto it = begin; it != end; ++it) keys.push_back(it->second);
  return keys;
}

std::string key_table(const std::vector<KeyHelp>& keys) {
  std::string text;
  for (const KeyHelp& k : keys) text += (text.empty() ? "" : ", ") + k.key + " " + k.meaning;
  return text;
}

}  // namespace mueca
