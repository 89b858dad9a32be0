#include "apps/chat/finetune/prepare.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_set>

#include "apps/chat/expression.h"
#include "apps/chat/system_prompt.h"
#include "core/error.h"
#include "core/files/sha256.h"
#include "core/random.h"
#include "data/pack.h"

namespace mueca {
namespace {

// [dialogues] whether it goes to validation.
std::vector<bool> deal(std::size_t dialogues, double share, std::uint64_t seed) {
  std::vector<std::size_t> order(dialogues);
  std::iota(order.begin(), order.end(), std::size_t{0});
  Random random({seed, RandomStream::split});
  for (std::size_t i = dialogues; i > 1; --i)
    std::swap(order[i - 1], order[random.below(static_cast<std::uint32_t>(i))]);
  auto wanted = static_cast<std::size_t>(std::lround(share * static_cast<double>(dialogues)));
  if (share > 0 && wanted == 0 && dialogues > 1) wanted = 1;
  std::vector<bool> chosen(dialogues);
  for (std::size_t i = 0; i < std::min(wanted, dialogues); ++i) chosen[order[i]] = true;
  return chosen;
}

// [turns] what chat would tell the model at each turn of the user; empty for answers and where nothing is stated.
std::vector<std::string> notes_of(const std::vector<Turn>& turns, double confidence) {
  std::vector<std::string> notes(turns.size());
  ExpressionTrail trail;
  for (std::size_t i = 0; i < turns.size(); i += 2) {
    std::optional<ApparentExpression> seen;
    if (turns[i].emotion != Turn::kNoEmotion)
      seen = ApparentExpression{emotion_names()[static_cast<std::size_t>(turns[i].emotion)], confidence, 1, {}};
    trail.add(seen);
    notes[i] = trail.note();
  }
  return notes;
}

// The answer turns[at], with as much of the conversation before it as the options allow.
Example example_of(const std::vector<Turn>& turns, std::size_t at, const std::string& note,
                   const PrepareOptions& options) {
  const std::string system = system_message(options.persona, note);
  std::size_t history = std::min(at - 1, static_cast<std::size_t>(options.history) / 2 * 2);
  for (;; history -= 2) {
    Example example;
    example.messages.push_back({"system", system});
    for (std::size_t i = at - 1 - history; i <= at; ++i)
      example.messages.push_back(
          {i % 2 ? "assistant" : "user", turns[i].text, i == at || i % 2 == 0 || !options.weights});
    if (history == 0 || estimated_tokens(example) <= options.most_tokens) return example;
  }
}

}  // namespace

Prepared prepare_examples(const std::vector<Dialogue>& dialogues, const PrepareOptions& options, ImportReport& report) {
  check(options.validation >= 0 && options.validation < 1, "validation: a share of ", options.validation,
        ", expected 0 to below 1");
  check(options.confidence >= kLeastConfidence && options.confidence <= 1, "confidence: ", options.confidence,
        ", expected ", kLeastConfidence, " to 1 (chat leaves out what is below)");
  check(options.history >= 0, "history: ", options.history, ", expected 0 or more messages");
  check(dialogues.size() < (std::size_t{1} << 32), "more than 2^32 dialogues");
  Prepared prepared;
  const std::size_t classes = emotion_names().size();
  for (PreparedSplit* split : {&prepared.training, &prepared.validation}) split->emotions.assign(classes + 1, 0);
  const std::vector<bool> validates = deal(dialogues.size(), options.validation, options.seed);
  std::unordered_set<std::string> seen;  // SHA-256 of the lines
  for (std::size_t d = 0; d < dialogues.size(); ++d) {
    PreparedSplit& split = validates[d] ? prepared.validation : prepared.training;
    const std::vector<Turn> turns = alternating_turns(dialogues[d]);
    const std::vector<std::string> notes = notes_of(turns, options.confidence);
    const std::size_t before = split.lines.size();
    for (std::size_t at = 1; at < turns.size(); at += 2) {
      const Example example = example_of(turns, at, notes[at - 1], options);
      const std::int64_t tokens = estimated_tokens(example);
      if (tokens > options.most_tokens) {
        report.reject(str(dialogues[d].file, ":", turns[at].line, ": an example of about ", tokens, " tokens, at most ",
                          options.most_tokens, " are wanted"));
        continue;
      }
      std::string line = example_line(example);
      if (!seen.insert(sha256_of(line)).second) {
        ++prepared.duplicates;
        continue;
      }
      const int emotion = turns[at - 1].emotion;
      ++split.emotions[emotion == Turn::kNoEmotion ? classes : static_cast<std::size_t>(emotion)];
      split.tokens += tokens;
      split.lines.push_back(std::move(line));
    }
    split.dialogues += split.lines.size() > before;
  }
  return prepared;
}

}  // namespace mueca
