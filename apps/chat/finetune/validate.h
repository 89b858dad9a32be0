// Chat JSONL as a trainer would look at it, line by line.
#pragma once
#include <filesystem>

#include "apps/chat/finetune/example.h"
#include "core/shape.h"

namespace mueca {

struct ValidateOptions {
  std::int64_t most_tokens = 4096;  // longer examples are warned of: trainers cut them
};

struct ValidationReport {
  static constexpr std::size_t kKept = 10'000;  // problems and warnings kept in words; all are counted
  static constexpr Index kFewExamples = 10;     // what OpenAI asked for at least

  Index examples = 0, bad = 0, warned = 0;
  std::vector<std::string> problems, warnings;  // "file:line: field: what was expected"
  std::vector<std::int64_t> emotions, tokens;   // [emotion_names() + 1] examples and tokens per class of their note
};

// Throws Error when the file cannot be read, a line is longer than ExampleLimits allow, or there are too many lines.
ValidationReport validate_examples(const std::filesystem::path& path, const ValidateOptions& options);

}  // namespace mueca
