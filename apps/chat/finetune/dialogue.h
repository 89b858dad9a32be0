// Conversations as data sets hold them, and what was wrong with the rest.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "apps/chat/finetune/text_repair.h"
#include "core/shape.h"
#include "data/label_map.h"

namespace mueca {

struct Turn {
  static constexpr int kNoEmotion = -1;

  int speaker = 0;  // who, within the dialogue; names never get this far
  std::string text;
  int emotion = kNoEmotion;  // index into emotion_names() (data/pack.h)
  Index line = 0;
};

struct Dialogue {
  // What the speaker numbers mean.
  enum class Roles {
    user_and_assistant,  // 0 asks, 1 answers
    nobody_helps         // as many speakers as there are: turns alternate, whoever speaks first is the user
  };
  std::string file;
  Index line = 0;  // where it begins
  Roles roles = Roles::user_and_assistant;
  std::vector<Turn> turns;
};

struct ImportReport {
  static constexpr std::size_t kKept = 10'000;  // problems kept in words; all are counted

  Index utterances = 0;  // taken
  Index rejected = 0;
  std::vector<std::string> rejects;  // "file:line: what was wrong, what was expected"
  TextRepairs repairs;

  void reject(const std::string& problem);
};

enum class DialogueFormat { automatic, empathetic_dialogues, meld, esconv, log };

// "auto", "empathetic", "meld", "esconv", "log"; throws Error for anything else.
DialogueFormat dialogue_format(std::string_view name);

struct ImportOptions {
  DialogueFormat format = DialogueFormat::automatic;
  std::string labels{};  // as LabelMap::add takes them; after the format's own
  bool strict = false;   // the first problem is an Error instead of a reject
};

// Reads one file. Throws Error when it cannot be read, is of no known format, or breaks a limit; a bad row, utterance
// or dialogue is left out and reported.
std::vector<Dialogue> import_dialogues(const std::filesystem::path& path, const ImportOptions& options,
                                       ImportReport& report);

// One speaker's consecutive turns joined with a line end (the first emotion that is stated counts), roles by number:
// user, assistant, user, ... Turns before the first user and after the last assistant go. Empty: nothing to learn from.
std::vector<Turn> alternating_turns(const Dialogue& dialogue);

}  // namespace mueca
