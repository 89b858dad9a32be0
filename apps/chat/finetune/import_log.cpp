// What mueca chat --log writes (apps/chat/chat_log.h): {"role", "text", "note"} per line. An object without a role
// begins a new conversation.
#include "apps/chat/bounded_json.h"
#include "apps/chat/finetune/importer.h"
#include "data/line_reader.h"

namespace mueca {
namespace {

constexpr std::size_t kLongestLine = std::size_t{256} << 10;  // bytes

// The expression that was seen: "sad", or the note {"apparent_expression": "sad", ...}, or nothing.
int expression_of(const nlohmann::json& json, const std::string& where, Index line, const Importer& importer) {
  const auto note = json.find("note");
  if (note == json.end() || note->is_null()) return Turn::kNoEmotion;
  check(note->is_object(), where, ": note: expected an object, got ", note->type_name());
  const auto name = note->find("apparent_expression");
  if (name == note->end()) return Turn::kNoEmotion;
  check(name->is_string(), where, ": note.apparent_expression: expected a string, got ", name->type_name());
  return importer.emotion(name->get<std::string>(), line);
}

}  // namespace

void import_log(const std::filesystem::path& path, Importer& importer) {
  LineReader lines(path, kLongestLine);
  bool fresh = true;
  for (std::string_view text; lines.next(text);) {
    if (text.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const Index line = lines.number();
    const std::string where = str(importer.file(), ":", line);
    importer.attempt([&] {
      const auto json = parse_bounded_json(text, where);
      check(json.is_object(), where, ": expected an object {...}, got ", json.type_name());
      const auto role = json.find("role");
      if (role == json.end()) {
        fresh = true;
        return;
      }
      check(*role == "user" || *role == "assistant", where, ": role: expected user or assistant");
      const auto said = json.find("text");
      check(said != json.end() && said->is_string(), where, ": text: expected a string");
      const bool user = *role == "user";
      const int emotion = user ? expression_of(json, where, line, importer) : Turn::kNoEmotion;
      // A log that was appended to for weeks is one file without ends: it is cut where it would be too long.
      const auto open = importer.dialogues();
      if (fresh || (user && importer.dialogue(open - 1).turns.size() + 100 > Importer::kMostTurns))
        importer.begin(line, Dialogue::Roles::user_and_assistant);
      fresh = false;
      importer.add_turn(importer.dialogue(importer.dialogues() - 1), user ? 0 : 1, said->get<std::string>(), emotion,
                        line);
    });
  }
}

}  // namespace mueca
