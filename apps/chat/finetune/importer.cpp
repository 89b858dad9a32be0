#include "apps/chat/finetune/importer.h"

#include "apps/chat/finetune/csv_records.h"

namespace mueca {
namespace {

// What data sets call emotions, in the seven classes whose expressions the networks tell apart. "-": none of them
// (trust, nostalgia, ... have no face of their own), so that the turn stays and gets no note.
constexpr std::string_view kEmpatheticDialogues =
    "annoyed=angry,furious=angry,jealous=angry,anxious=fear,apprehensive=fear,terrified=fear,ashamed=sad,"
    "devastated=sad,disappointed=sad,embarrassed=sad,guilty=sad,lonely=sad,content=happy,excited=happy,grateful=happy,"
    "joyful=happy,proud=happy,impressed=surprise,anticipating=-,caring=-,confident=-,faithful=-,hopeful=-,nostalgic=-,"
    "prepared=-,sentimental=-,trusting=-";
constexpr std::string_view kEsconv =
    "anxiety=fear,nervousness=fear,depression=sad,shame=sad,guilt=sad,pain=sad,jealousy=angry";

}  // namespace

Importer::Importer(const std::filesystem::path& path, DialogueFormat format, const ImportOptions& options,
                   ImportReport& report)
    : file_(path.string()), options_(options), report_(report) {
  if (format == DialogueFormat::empathetic_dialogues) labels_.add(kEmpatheticDialogues);
  if (format == DialogueFormat::esconv) labels_.add(kEsconv);
  labels_.add(options.labels);
}

bool Importer::attempt(const std::function<void()>& work) {
  try {
    work();
    return true;
  } catch (const ImportLimit&) {
    throw;
  } catch (const Error& problem) {
    if (options_.strict) throw;
    report_.reject(problem.what());
    return false;
  }
}

Dialogue& Importer::begin(Index line, Dialogue::Roles roles) {
  dialogues_.push_back({file_, line, roles, {}});
  return dialogues_.back();
}

int Importer::emotion(std::string_view label, Index line) const {
  const int found = labels_.find(label);
  if (found == LabelMap::kUnknown) {
    TextRepairs ignored;
    const std::string shown = repaired_text(label.substr(0, 40), ignored);
    fail(line, "emotion \"", shown, "\" is not known; --labels \"", shown, "=happy\" maps it, \"", shown,
         "=-\" keeps the turn without a note");
  }
  return found >= 0 ? found : Turn::kNoEmotion;
}

void Importer::add_turn(Dialogue& dialogue, int speaker, std::string_view text, int emotion, Index line) {
  if (dialogue.turns.size() == kMostTurns) fail(line, "the dialogue has more than ", kMostTurns, " turns");
  if (text.size() > kLongestUtterance)
    fail(line, "utterance of ", text.size(), " bytes, at most ", kLongestUtterance, " are taken");
  TextRepairs repairs;
  Turn turn{speaker, repaired_text(text, repairs), emotion, line};
  if (turn.text.empty()) fail(line, "the utterance is empty");
  text_bytes_ += turn.text.size();
  if (++utterances_ > kMostUtterances || text_bytes_ > kMostText)
    throw ImportLimit(str(file_, ":", line, ": more than ", kMostUtterances, " utterances or ", kMostText >> 20,
                          " MiB of text in one file; split it"));
  report_.repairs.windows_1252 += repairs.windows_1252;
  report_.repairs.lost += repairs.lost;
  report_.repairs.controls += repairs.controls;
  ++report_.utterances;
  dialogue.turns.push_back(std::move(turn));
}

std::vector<Dialogue> Importer::finish() {
  std::vector<Dialogue> whole;
  for (Dialogue& dialogue : dialogues_)
    attempt([&] {
      if (alternating_turns(dialogue).empty())
        fail(dialogue.line, "dialogue of ", dialogue.turns.size(), dialogue.turns.size() == 1 ? " turn" : " turns",
             " without an answer, expected two speakers in turn");
      whole.push_back(std::move(dialogue));
    });
  return whole;
}

}  // namespace mueca
