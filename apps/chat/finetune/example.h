// One line of training data for a chat model: {"messages": [system, user, assistant, ..., user, assistant]}.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mueca {

struct ExampleMessage {
  std::string role, content;  // role: "system", "user" or "assistant"
  bool learned = true;        // false: written with "weight": 0, trainers that know it learn nothing from it
};

struct Example {
  std::vector<ExampleMessage> messages;
};

struct ExampleLimits {
  static constexpr std::size_t kLongestLine = std::size_t{1} << 20;  // bytes
  static constexpr std::size_t kMostMessages = 2048;
};

std::string example_line(const Example& example);  // JSON without a line end; the same example, the same bytes

// Throws Error "where: field: what was expected" for whatever a trainer would refuse: no JSON, an unknown key, a role
// out of order (one system message at most, first; then user and assistant in turn; an assistant last), empty content,
// nothing to learn.
Example parse_example(std::string_view line, std::string_view where);

// A quarter of the UTF-8 bytes, rounded up, and 4 for each message's frame, 3 for the answer's start. Not a tokenizer:
// English text comes out within about 20 %, other scripts too high or too low; use the trainer's count where money
// depends on it. Frames as in OpenAI's cookbook, "How to count tokens with tiktoken".
std::int64_t estimated_tokens(const Example& example);

// The class that the note at the end of the system message names (ExpressionTrail::note); -1 without a note.
int noted_emotion(const Example& example);

}  // namespace mueca
