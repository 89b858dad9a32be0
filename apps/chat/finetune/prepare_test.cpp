// From dialogues to examples: which answers become lines, which split they go to, and what validation says of them.
#include "apps/chat/finetune/prepare.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "apps/chat/expression.h"
#include "apps/chat/finetune/validate.h"
#include "apps/chat/system_prompt.h"
#include "core/error.h"
#include "core/files/atomic_file.h"
#include "data/pack.h"

namespace mueca {
namespace {

constexpr int kSad = 4, kNeutral = 6;

Dialogue talk(int number, int pairs) {
  Dialogue dialogue{"talk", number, Dialogue::Roles::user_and_assistant, {}};
  for (int i = 0; i < pairs; ++i) {
    const std::string which = std::to_string(number) + "." + std::to_string(i);
    dialogue.turns.push_back({0, "user " + which, i % 2 ? kSad : kNeutral, number});
    dialogue.turns.push_back({1, "answer " + which, Turn::kNoEmotion, number});
  }
  return dialogue;
}

PrepareOptions options_with(double validation) {
  PrepareOptions options;
  options.persona = "Listen.";
  options.validation = validation;
  return options;
}

TEST(Prepare, OneExamplePerAnswerWithItsHistoryAndNote) {
  PrepareOptions options = options_with(0);
  options.history = 3;  // whole pairs: 2
  options.weights = true;
  ImportReport report;
  const Prepared prepared = prepare_examples({talk(1, 3)}, options, report);
  ASSERT_EQ(prepared.training.lines.size(), 3u);
  const Example third = parse_example(prepared.training.lines[2], "line");
  ExpressionTrail trail;  // what chat itself would have said at the third turn
  for (const char* name : {"neutral", "sad", "neutral"}) trail.add(ApparentExpression{name, 0.8, 1, {}});
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"system", system_message("Listen.", trail.note())},
      {"user", "user 1.1"},
      {"assistant", "answer 1.1"},
      {"user", "user 1.2"},
      {"assistant", "answer 1.2"}};
  ASSERT_EQ(third.messages.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(third.messages[i].role, expected[i].first);
    EXPECT_EQ(third.messages[i].content, expected[i].second);
    EXPECT_EQ(third.messages[i].learned, i != 2) << i;
  }
  EXPECT_EQ(noted_emotion(third), kNeutral);
  EXPECT_EQ(prepared.training.emotions, (std::vector<std::int64_t>{0, 0, 0, 0, 1, 0, 2, 0}));
}

TEST(Prepare, LongExamplesLoseHistoryFirst) {
  PrepareOptions options = options_with(0);
  options.persona = "";
  ImportReport report;
  const std::int64_t whole = [&] {
    return estimated_tokens(parse_example(prepare_examples({talk(1, 3)}, options, report).training.lines[2], ""));
  }();
  options.most_tokens = whole - 1;
  const auto shorter = parse_example(prepare_examples({talk(1, 3)}, options, report).training.lines[2], "");
  EXPECT_EQ(shorter.messages.size(), 5u);
  EXPECT_EQ(report.rejected, 0);
  options.most_tokens = 10;
  EXPECT_TRUE(prepare_examples({talk(1, 3)}, options, report).training.lines.empty());
  EXPECT_EQ(report.rejected, 3);
}

TEST(Prepare, SplitsWholeDialoguesAndTheSameSeedTheSameBytes) {
  std::vector<Dialogue> dialogues;
  for (int i = 0; i < 40; ++i) dialogues.push_back(talk(i, 1 + i % 3));
  ImportReport report;
  PrepareOptions options = options_with(0.25);
  const Prepared once = prepare_examples(dialogues, options, report),
                 again = prepare_examples(dialogues, options, report);
  EXPECT_EQ(once.training.lines, again.training.lines);
  EXPECT_EQ(once.validation.lines, again.validation.lines);
  EXPECT_EQ(once.validation.dialogues, 10);
  EXPECT_EQ(once.training.dialogues, 30);
  const auto talks = [](const std::vector<std::string>& lines) {
    std::set<std::string> numbers;
    for (const std::string& line : lines) {
      const std::string answer = parse_example(line, "").messages.back().content;  // "answer 12.0"
      numbers.insert(answer.substr(0, answer.find('.')));
    }
    return numbers;
  };
  const auto training = talks(once.training.lines), validation = talks(once.validation.lines);
  EXPECT_EQ(training.size() + validation.size(), 40u);
  EXPECT_TRUE(std::none_of(validation.begin(), validation.end(), [&](const auto& t) { return training.contains(t); }));
  options.seed = 1;
  EXPECT_NE(prepare_examples(dialogues, options, report).validation.lines, once.validation.lines);
  EXPECT_EQ(prepare_examples({talk(1, 1), talk(2, 1)}, options_with(0.01), report).validation.dialogues, 1);
  EXPECT_EQ(prepare_examples({talk(1, 1)}, options_with(0.3), report).training.dialogues, 1);
}

TEST(Prepare, DropsDuplicatesAcrossSplits) {
  ImportReport report;
  const Prepared prepared = prepare_examples({talk(1, 2), talk(1, 2), talk(2, 1)}, options_with(0.5), report);
  EXPECT_EQ(prepared.training.lines.size() + prepared.validation.lines.size(), 3u);
  EXPECT_EQ(prepared.duplicates, 2);
}

TEST(Prepare, RefusesOptionsOutOfRange) {
  ImportReport report;
  PrepareOptions options = options_with(1);
  EXPECT_THROW(prepare_examples({}, options, report), Error);
  options = options_with(0);
  options.history = -1;
  EXPECT_THROW(prepare_examples({}, options, report), Error);
  options = options_with(0);
  options.confidence = 0.2;
  EXPECT_THROW(prepare_examples({}, options, report), Error);
}

TEST(Examples, TokensAreAQuarterOfTheBytesAndTheFrames) {
  EXPECT_EQ(estimated_tokens({{{"user", "abcde"}, {"assistant", ""}}}), 3 + 4 + 2 + 4);
}

std::string error_of(const std::string& line) {
  try {
    parse_example(line, "f:1");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Examples, ErrorsNameTheField) {
  const std::string user = R"({"role":"user","content":"a"})", assistant = R"({"role":"assistant","content":"b"})";
  const auto line = [](const std::string& messages) { return "{\"messages\":[" + messages + "]}"; };
  EXPECT_EQ(error_of(line(user + "," + assistant)), "no error");
  EXPECT_EQ(error_of("{\"messages\":["), "f:1: not valid JSON at column 14");
  EXPECT_EQ(error_of("[]"), "f:1: expected {\"messages\": [...]}, got array");
  EXPECT_EQ(error_of("{}"), "f:1: messages: is missing");
  EXPECT_EQ(error_of(line("")), "f:1: messages: expected a list that is not empty, got an empty one");
  EXPECT_EQ(error_of("{\"messages\":[],\"tools\":[]}"), "f:1: unknown key \"tools\", expected messages");
  EXPECT_EQ(error_of(line("3")), "f:1: messages[0]: expected {\"role\", \"content\"}, got number");
  EXPECT_EQ(error_of(line(R"({"role":"user"})")), "f:1: messages[0].content: is missing");
  EXPECT_EQ(error_of(line(R"({"role":"user","content":null})")),
            "f:1: messages[0].content: expected a string, got null");
  EXPECT_EQ(error_of(line(R"({"role":"user","content":" \n"})")), "f:1: messages[0].content: is empty");
  EXPECT_EQ(error_of(line(R"({"role":"user","content":"a","name":"b"})")),
            "f:1: messages[0]: unknown key \"name\", expected role, content, weight");
  EXPECT_EQ(error_of(line(R"({"role":"tool","content":"a"})")),
            "f:1: messages[0].role: expected system, user or assistant, got \"tool\"");
  EXPECT_EQ(error_of(line(assistant)), "f:1: messages[0].role: expected system or user first, got assistant");
  EXPECT_EQ(error_of(line(user + "," + user)), "f:1: messages[1].role: expected assistant after user, got user");
  EXPECT_EQ(error_of(line(user + "," + assistant + "," + user)),
            "f:1: messages[2].role: the last message must be the assistant's, got user");
  EXPECT_EQ(error_of(line(user + "," + assistant + R"(,{"role":"system","content":"a"})")),
            "f:1: messages[2].role: expected user after assistant, got system");
  EXPECT_EQ(error_of(line(R"({"role":"user","content":"a","weight":1})")),
            "f:1: messages[0].weight: only an assistant's message has one");
  EXPECT_EQ(error_of(line(user + R"(,{"role":"assistant","content":"a","weight":0.5})")),
            "f:1: messages[1].weight: expected 0 or 1, got 0.5");
  EXPECT_EQ(error_of(line(user + R"(,{"role":"assistant","content":"a","weight":0})")),
            "f:1: messages: every assistant message has weight 0, nothing is learned");
  EXPECT_EQ(error_of(line("{\"role\":\"user\",\"content\":\"\x92\"}")), "f:1: not valid UTF-8 at column 40");
}

TEST(Validate, CountsAndNamesLines) {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("mueca-validate-" + std::to_string(getpid()) + ".jsonl");
  ImportReport report;
  const Prepared prepared = prepare_examples({talk(1, 2)}, options_with(0), report);
  const std::string& good = prepared.training.lines[0];
  write_file_atomically(file, good + "\n" + prepared.training.lines[1] + "\r\n" + good + "\n\n{\"a\":1}\n");
  const ValidationReport found = validate_examples(file, {.most_tokens = 4096});
  std::filesystem::remove(file);
  const std::string name = file.string();
  EXPECT_EQ(found.examples, 3);
  EXPECT_EQ(found.emotions, (std::vector<std::int64_t>{0, 0, 0, 0, 1, 0, 2, 0}));
  const std::vector<std::string> problems = {name + ":4: is empty, expected an example",
                                             name + ":5: unknown key \"a\", expected messages"};
  EXPECT_EQ(found.problems, problems);
  ASSERT_EQ(found.warned, 2);
  EXPECT_EQ(found.warnings[0], name + ":3: the same as line 1");
  EXPECT_NE(found.warnings[1].find("3 examples; OpenAI asked for at least 10"), std::string::npos);
}

}  // namespace
}  // namespace mueca
