#include "apps/chat/bounded_json.h"

#include <algorithm>
#include <set>
#include <vector>

#include "core/error.h"

namespace mueca {
namespace {

// Brackets need not match here: the parser says so better.
void check_limits(std::string_view text, std::string_view where, const JsonLimits& limits) {
  check(text.size() <= limits.bytes, where, ": JSON of ", text.size(), " bytes, at most ", limits.bytes, " are read");
  int depth = 0;
  std::size_t values = 1;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      ++values;
      check(++depth <= limits.depth, where, ": JSON nested deeper than ", limits.depth, " levels");
    } else if (c == ']' || c == '}') {
      --depth;
    } else if (c == ',') {
      ++values;
    }
  }
  check(values <= limits.values, where, ": JSON with more than ", limits.values, " values");
}

std::string place(std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte ? byte - 1 : 0, text.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto column = before.size() - (before.rfind('\n') + 1) + 1;  // npos + 1 is 0
  return text.find('\n') == std::string_view::npos ? str("column ", column) : str("line ", line, ", column ", column);
}

}  // namespace

nlohmann::json parse_bounded_json(std::string_view text, std::string_view where, const JsonLimits& limits) {
  using Json = nlohmann::json;
  check_limits(text, where, limits);
  std::vector<std::set<std::string>> keys;
  const auto refuse_double_keys = [&](int, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end && !keys.empty()) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.empty())
      check(keys.back().insert(value.get<std::string>()).second, where, ": the key \"",
            value.get<std::string>().substr(0, 40), "\" is there twice");
    return true;
  };
  try {
    return Json::parse(text.begin(), text.end(), refuse_double_keys);
  } catch (const Json::parse_error& error) {
    throw Error(str(where, ": not valid JSON at ", place(text, error.byte)));
  } catch (const Json::exception& error) {  // a number out of range
    throw Error(str(where, ": not valid JSON: ", error.what()));
  }
}

}  // namespace mueca
