#include "apps/chat/finetune/validate.h"

#include <unordered_map>

#include "apps/chat/finetune/dialogue.h"
#include "core/error.h"
#include "core/files/sha256.h"
#include "data/line_reader.h"
#include "data/pack.h"

namespace mueca {
namespace {

constexpr Index kMostLines = 5'000'000;

void note(std::vector<std::string>& list, Index& count, const std::string& sentence) {
  ++count;
  if (list.size() < ValidationReport::kKept) list.push_back(sentence);
}

}  // namespace

ValidationReport validate_examples(const std::filesystem::path& path, const ValidateOptions& options) {
  ValidationReport report;
  const std::size_t classes = emotion_names().size();
  report.emotions.assign(classes + 1, 0);
  report.tokens.assign(classes + 1, 0);
  std::unordered_map<std::string, Index> seen;  // SHA-256 of a line -> its number
  LineReader lines(path, ExampleLimits::kLongestLine);
  for (std::string_view line; lines.next(line);) {
    check(lines.number() <= kMostLines, lines.name(), ": more than ", kMostLines, " lines");
    const std::string where = str(lines.name(), ":", lines.number());
    try {
      check(line.find_first_not_of(" \t\r") != std::string_view::npos, where, ": is empty, expected an example");
      check(!line.starts_with("\xEF\xBB\xBF"), where, ": begins with a byte order mark, which trainers refuse");
      const Example example = parse_example(line, where);
      ++report.examples;
      const std::int64_t tokens = estimated_tokens(example);
      const int emotion = noted_emotion(example);
      const auto k = emotion == Turn::kNoEmotion ? classes : static_cast<std::size_t>(emotion);
      ++report.emotions[k];
      report.tokens[k] += tokens;
      if (tokens > options.most_tokens)
        note(report.warnings, report.warned,
             str(where, ": about ", tokens, " tokens, trainers may cut it after ", options.most_tokens));
      if (const auto [twin, fresh] = seen.try_emplace(sha256_of(line), lines.number()); !fresh)
        note(report.warnings, report.warned, str(where, ": the same as line ", twin->second));
    } catch (const Error& problem) {
      note(report.problems, report.bad, problem.what());
    }
  }
  if (report.examples < ValidationReport::kFewExamples)
    note(report.warnings, report.warned,
         str(lines.name(), ": ", report.examples, " examples; OpenAI asked for at least ",
             ValidationReport::kFewExamples, ", and a model learns little from fewer than some hundred"));
  return report;
}

}  // namespace mueca
