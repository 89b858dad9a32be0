// What the readers of dialogue formats share: limits, label maps, repairs and rejects.
#pragma once
#include <filesystem>
#include <functional>

#include "apps/chat/finetune/dialogue.h"
#include "core/error.h"

namespace mueca {

// The whole file is too large; not a matter of one row.
struct ImportLimit : Error {
  using Error::Error;
};

class Importer {
 public:
  static constexpr std::size_t kLongestUtterance = std::size_t{16} << 10;  // bytes
  static constexpr std::size_t kMostTurns = 1000;                          // of one dialogue
  static constexpr std::size_t kMostUtterances = 2'000'000;                // of one file
  static constexpr std::size_t kMostText = std::size_t{512} << 20;         // bytes of one file

  Importer(const std::filesystem::path& path, DialogueFormat format, const ImportOptions& options,
           ImportReport& report);

  // Runs `work`; an Error becomes a reject, or goes on to the caller when the import is strict. False: rejected.
  bool attempt(const std::function<void()>& work);

  Dialogue& begin(Index line, Dialogue::Roles roles);  // a new dialogue; the reference holds until the next begin()
  std::size_t dialogues() const { return dialogues_.size(); }
  Dialogue& dialogue(std::size_t i) { return dialogues_[i]; }

  // Repairs and checks the text, then appends. Throws Error "file:line: ..." when there is nothing to take.
  void add_turn(Dialogue& dialogue, int speaker, std::string_view text, int emotion, Index line);
  int emotion(std::string_view label, Index line) const;  // class or Turn::kNoEmotion; throws for an unknown label

  template <class... Parts>
  [[noreturn]] void fail(Index line, const Parts&... parts) const {
    throw Error(str(file_, ":", line, ": ", parts...));
  }
  const std::string& file() const { return file_; }
  ImportReport& report() { return report_; }

  std::vector<Dialogue> finish();  // rejects dialogues in which nobody answers

 private:
  std::string file_;
  LabelMap labels_;
  const ImportOptions& options_;
  ImportReport& report_;
  std::vector<Dialogue> dialogues_;
  std::size_t utterances_ = 0, text_bytes_ = 0;
};

std::string_view expected_columns(DialogueFormat csv);
void import_csv(const std::filesystem::path& path, DialogueFormat format, Importer& importer);
void import_esconv(const std::filesystem::path& path, Importer& importer);
void import_log(const std::filesystem::path& path, Importer& importer);

}  // namespace mueca
