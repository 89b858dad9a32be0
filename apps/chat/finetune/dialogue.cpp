#include "apps/chat/finetune/dialogue.h"

#include <fstream>
#include <utility>

#include "apps/chat/finetune/importer.h"
#include "core/error.h"
#include "data/line_reader.h"

namespace mueca {
namespace {

constexpr std::string_view kBlanks = " \t\r\n\xEF\xBB\xBF";  // and the byte order mark

constexpr std::pair<std::string_view, DialogueFormat> kFormats[] = {
    {"auto", DialogueFormat::automatic},
    {"empathetic", DialogueFormat::empathetic_dialogues},
    {"meld", DialogueFormat::meld},
    {"esconv", DialogueFormat::esconv},
    {"log", DialogueFormat::log}};

// A JSON list may be one line of any length: its first bytes tell.
bool begins_with_list(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  char head[4096];
  in.read(head, sizeof head);
  const std::string_view bytes(head, static_cast<std::size_t>(in.gcount()));
  const auto first = bytes.find_first_not_of(kBlanks);
  return first != std::string_view::npos && bytes[first] == '[';
}

// By the first line that is not blank: JSON begins with a bracket, CSV with the names of its columns.
DialogueFormat detected_format(const std::filesystem::path& path) {
  if (begins_with_list(path)) return DialogueFormat::esconv;
  LineReader lines(path, std::size_t{256} << 10);
  std::string_view line;
  while (lines.next(line))
    if (line.find_first_not_of(kBlanks) != std::string_view::npos) break;
  const auto first = line.find_first_not_of(kBlanks);
  check(first != std::string_view::npos, path.string(), ": is empty, expected dialogues");
  if (line[first] == '{') return DialogueFormat::log;
  const std::string header = lowercase(line.substr(first, 4096));
  if (header.find("conv_id") != std::string::npos) return DialogueFormat::empathetic_dialogues;
  if (header.find("dialogue_id") != std::string::npos) return DialogueFormat::meld;
  throw Error(str(path.string(), ":", lines.number(), ": no known format: expected the columns ",
                  expected_columns(DialogueFormat::empathetic_dialogues), " (EmpatheticDialogues) or ",
                  expected_columns(DialogueFormat::meld), " (MELD), a JSON list (ESConv) or JSON lines (a log of ",
                  "mueca chat); --format forces one"));
}

}  // namespace

void ImportReport::reject(const std::string& problem) {
  ++rejected;
  if (rejects.size() < kKept) rejects.push_back(problem);
}

DialogueFormat dialogue_format(std::string_view name) {
  for (const auto& [known, format] : kFormats)
    if (name == known) return format;
  throw Error(str("format: \"", name, "\" is not one of auto, empathetic, meld, esconv, log"));
}

std::vector<Dialogue> import_dialogues(const std::filesystem::path& path, const ImportOptions& options,
                                       ImportReport& report) {
  const DialogueFormat format = options.format == DialogueFormat::automatic ? detected_format(path) : options.format;
  Importer importer(path, format, options, report);
  switch (format) {
    case DialogueFormat::esconv:
      import_esconv(path, importer);
      break;
    case DialogueFormat::log:
      import_log(path, importer);
      break;
    default:
      import_csv(path, format, importer);
  }
  return importer.finish();
}

std::vector<Turn> alternating_turns(const Dialogue& dialogue) {
  std::vector<Turn> turns;
  for (const Turn& turn : dialogue.turns) {
    if (dialogue.roles == Dialogue::Roles::user_and_assistant && turns.empty() && turn.speaker != 0) continue;
    if (turns.empty() || turns.back().speaker != turn.speaker) {
      turns.push_back(turn);
      continue;
    }
    turns.back().text += "\n" + turn.text;
    if (turns.back().emotion == Turn::kNoEmotion) turns.back().emotion = turn.emotion;
  }
  if (turns.size() % 2) turns.pop_back();  // nobody answered it
  return turns;
}

}  // namespace mueca
