// ESConv (https://github.com/thu-coai/Emotional-Support-Conversation): one JSON list of conversations. The list is cut
// into its elements first, so that one conversation at a time is built and a broken one costs only itself.
#include "apps/chat/bounded_json.h"
#include "apps/chat/finetune/importer.h"
#include "core/files/atomic_file.h"

namespace mueca {
namespace {

constexpr std::size_t kLargestFile = std::size_t{256} << 20;

struct Element {
  std::string_view text;
  Index line;
};

// Calls take(element) for each element of the list. Only strings and brackets are looked at; what the elements hold
// is the parser's business.
template <class Take>
void for_each_element(std::string_view json, const std::string& file, const Take& take) {
  Index line = 1;
  std::size_t at = json.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  const auto skip_blanks = [&] {
    for (; at < json.size() && std::string_view(" \t\r\n").find(json[at]) != std::string_view::npos; ++at)
      line += json[at] == '\n';
  };
  skip_blanks();
  check(at < json.size() && json[at] == '[', file, ":", line, ": expected a JSON list of conversations");
  ++at;
  skip_blanks();
  while (at < json.size() && json[at] != ']') {
    const Element element{json.substr(at), line};
    std::size_t begin = at;
    int depth = 0;
    bool in_string = false, done = false;
    for (; at < json.size() && !done; ++at) {
      const char c = json[at];
      line += c == '\n';
      if (in_string) {
        if (c == '\\')
          ++at;
        else if (c == '"')
          in_string = false;
        continue;
      }
      if (c == '"') in_string = true;
      if (c == '[' || c == '{') ++depth;
      if ((c == ']' || c == '}') && depth > 0)
        --depth;
      else if (depth == 0 && (c == ',' || c == ']'))
        break;
      done = false;
    }
    check(at < json.size(), file, ":", element.line, ": the JSON list ends within the conversation that begins here");
    take(Element{json.substr(begin, at - begin), element.line});
    if (json[at] == ',') ++at, skip_blanks();
  }
  check(at < json.size(), file, ":", line, ": the JSON list is not closed");
  ++at;
  skip_blanks();
  check(at == json.size(), file, ":", line, ": something follows the JSON list");
}

const nlohmann::json& member(const nlohmann::json& object, const char* key, const std::string& where) {
  const auto found = object.find(key);
  check(found != object.end(), where, ": the key \"", key, "\" is missing");
  return *found;
}

std::string text_member(const nlohmann::json& object, const char* key, const std::string& where) {
  const auto& value = member(object, key, where);
  check(value.is_string(), where, ".", key, ": expected a string, got ", value.type_name());
  return value.get<std::string>();
}

void add_conversation(const Element& element, Importer& importer) {
  std::string where = str(importer.file(), ":", element.line);
  // Bytes that are no UTF-8 would stop the parser; the text within is repaired once more when it is unescaped.
  TextRepairs repairs;
  const auto json = parse_bounded_json(repaired_text(element.text, repairs), where);
  check(json.is_object(), where, ": expected a conversation {...}, got ", json.type_name());
  const int emotion = importer.emotion(text_member(json, "emotion_type", where), element.line);
  const auto& dialog = member(json, "dialog", where);
  check(dialog.is_array(), where, ": dialog: expected a list, got ", dialog.type_name());
  Dialogue& dialogue = importer.begin(element.line, Dialogue::Roles::user_and_assistant);
  for (std::size_t i = 0; i < dialog.size(); ++i) {
    const std::string place = str(where, ": dialog[", i, "]");
    importer.attempt([&] {
      check(dialog[i].is_object(), place, ": expected {speaker, content}, got ", dialog[i].type_name());
      const std::string speaker = text_member(dialog[i], "speaker", place);
      check(speaker == "seeker" || speaker == "usr" || speaker == "supporter" || speaker == "sys", place,
            ".speaker: expected seeker or supporter, got \"", speaker.substr(0, 40), "\"");
      const bool seeker = speaker == "seeker" || speaker == "usr";
      importer.add_turn(dialogue, seeker ? 0 : 1, text_member(dialog[i], "content", place),
                        seeker ? emotion : Turn::kNoEmotion, element.line);
    });
  }
  importer.report().repairs.windows_1252 += repairs.windows_1252;
  importer.report().repairs.lost += repairs.lost;
  importer.report().repairs.controls += repairs.controls;
}

}  // namespace

void import_esconv(const std::filesystem::path& path, Importer& importer) {
  const std::string bytes = read_file(path, kLargestFile);
  for_each_element(bytes, importer.file(),
                   [&](const Element& element) { importer.attempt([&] { add_conversation(element, importer); }); });
}

}  // namespace mueca
