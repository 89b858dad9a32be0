// From dialogues to training and validation examples.
#pragma once
#include <cstdint>

#include "apps/chat/finetune/dialogue.h"
#include "apps/chat/finetune/example.h"

namespace mueca {

struct PrepareOptions {
  std::string persona;              // as in system_prompt.h
  double validation = 0.1;          // share of the dialogues
  std::uint64_t seed = 0;           // deals dialogues differently
  double confidence = 0.8;          // that notes state: a data set's label has none
  int history = 8;                  // earlier messages that an example repeats
  std::int64_t most_tokens = 4096;  // of an example; longer ones lose history first
  bool weights = false;             // earlier answers get "weight": 0
};

struct PreparedSplit {
  std::vector<std::string> lines;      // one example each, in the order of the dialogues
  std::vector<std::int64_t> emotions;  // [emotion_names() + 1] examples per class; the last without a note
  std::int64_t dialogues = 0, tokens = 0;
};

struct Prepared {
  PreparedSplit training, validation;
  std::int64_t duplicates = 0;  // examples that an earlier one equals; left out
};

// One example per answer: the system message with the note for the turn that is answered (as mueca chat writes both),
// up to `history` earlier messages, the user's turn and the answer. Whole dialogues go to one split: round(share * n)
// of them, at least one of two. Examples that stay above most_tokens are rejected. The same dialogues, options and seed
// give the same lines.
Prepared prepare_examples(const std::vector<Dialogue>& dialogues, const PrepareOptions& options, ImportReport& report);

}  // namespace mueca
