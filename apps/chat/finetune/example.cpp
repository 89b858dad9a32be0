#include "apps/chat/finetune/example.h"

#include "apps/chat/bounded_json.h"
#include "apps/chat/finetune/text_repair.h"
#include "core/error.h"
#include "data/pack.h"

namespace mueca {
namespace {

using Json = nlohmann::json;

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

std::string shown(const Json& value) {
  TextRepairs ignored;
  return value.is_string() ? "\"" + repaired_text(value.get<std::string>().substr(0, 40), ignored) + "\""
                           : std::string(value.type_name());
}

void check_keys(const Json& object, std::initializer_list<std::string_view> known, const std::string& where) {
  for (const auto& [key, value] : object.items()) {
    bool found = false;
    for (const std::string_view name : known) found |= key == name;
    check(found, where, ": unknown key \"", key.substr(0, 40), "\", expected ", [&] {
      std::string list;
      for (const std::string_view name : known) list += (list.empty() ? "" : ", ") + std::string(name);
      return list;
    }());
  }
}

std::string string_at(const Json& object, const char* key, const std::string& where) {
  const auto found = object.find(key);
  check(found != object.end(), where, ".", key, ": is missing");
  check(found->is_string(), where, ".", key, ": expected a string, got ", shown(*found));
  return found->get<std::string>();
}

ExampleMessage parse_message(const Json& json, std::size_t i, const Example& before, const std::string& where) {
  check(json.is_object(), where, ": expected {\"role\", \"content\"}, got ", shown(json));
  check_keys(json, {"role", "content", "weight"}, where);
  ExampleMessage message{string_at(json, "role", where), string_at(json, "content", where), true};
  const std::string previous = i ? before.messages.back().role : "";
  const bool known = message.role == "system" || message.role == "user" || message.role == "assistant";
  check(known, where, ".role: expected system, user or assistant, got ", shown(json["role"]));
  const std::string expected = i == 0 ? "system or user" : previous == "user" ? "assistant" : "user";
  check(expected.find(message.role) != std::string::npos, where, ".role: expected ", expected,
        i ? " after " + previous : " first", ", got ", message.role);
  check(!is_blank(message.content), where, ".content: is empty");
  if (const auto weight = json.find("weight"); weight != json.end()) {
    check(message.role == "assistant", where, ".weight: only an assistant's message has one");
    check(weight->is_number_integer() && (*weight == 0 || *weight == 1), where, ".weight: expected 0 or 1, got ",
          weight->is_number() ? weight->dump() : shown(*weight));
    message.learned = *weight == 1;
  }
  return message;
}

}  // namespace

std::string example_line(const Example& example) {
  nlohmann::ordered_json messages = nlohmann::ordered_json::array();
  for (const ExampleMessage& message : example.messages) {
    nlohmann::ordered_json json{{"role", message.role}, {"content", message.content}};
    if (!message.learned) json["weight"] = 0;
    messages.push_back(std::move(json));
  }
  return nlohmann::ordered_json{{"messages", std::move(messages)}}.dump();
}

Example parse_example(std::string_view line, std::string_view where) {
  const std::string place(where);
  for (std::size_t at = 0, length = 1; at < line.size(); at += length) {
    length = utf8_length(line.substr(at));
    check(length > 0, place, ": not valid UTF-8 at column ", at + 1);
  }
  const Json json = parse_bounded_json(line, where, {.bytes = ExampleLimits::kLongestLine});
  check(json.is_object(), place, ": expected {\"messages\": [...]}, got ", shown(json));
  check_keys(json, {"messages"}, place);
  const auto messages = json.find("messages");
  check(messages != json.end(), place, ": messages: is missing");
  check(messages->is_array() && !messages->empty(), place, ": messages: expected a list that is not empty, got ",
        messages->is_array() ? "an empty one" : shown(*messages));
  check(messages->size() <= ExampleLimits::kMostMessages, place, ": messages: ", messages->size(), " of them, at most ",
        ExampleLimits::kMostMessages, " are read");
  Example example;
  for (std::size_t i = 0; i < messages->size(); ++i)
    example.messages.push_back(parse_message((*messages)[i], i, example, str(place, ": messages[", i, "]")));
  check(example.messages.back().role == "assistant", place, ": messages[", messages->size() - 1,
        "].role: the last message must be the assistant's, got ", example.messages.back().role);
  bool learned = false;
  for (const ExampleMessage& message : example.messages) learned |= message.role == "assistant" && message.learned;
  check(learned, place, ": messages: every assistant message has weight 0, nothing is learned");
  return example;
}

std::int64_t estimated_tokens(const Example& example) {
  std::int64_t tokens = 3;
  for (const ExampleMessage& message : example.messages)
    tokens += 4 + static_cast<std::int64_t>((message.content.size() + 3) / 4);
  return tokens;
}

int noted_emotion(const Example& example) {
  if (example.messages.empty() || example.messages.front().role != "system") return -1;
  const std::string_view system = example.messages.front().content;
  const std::string_view last = system.substr(system.rfind('\n') + 1);  // npos + 1 is 0
  if (!last.starts_with('{')) return -1;
  try {
    const Json note = parse_bounded_json(last, "note");
    const auto name = note.find("apparent_expression");
    if (name == note.end()) return -1;
    const auto& names = emotion_names();
    for (std::size_t k = 0; k < names.size(); ++k)
      if (*name == names[k]) return static_cast<int>(k);
  } catch (const Error&) {  // a prompt that happens to end so
  }
  return -1;
}

}  // namespace mueca
