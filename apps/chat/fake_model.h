// For tests and for trying out: what a chat completions server would answer, without a model.
#pragma once
#include <string>

#include "apps/chat/test_server.h"

namespace mueca {

// Streams `text` word by word as chat.completion.chunk events, with [DONE] at the end.
TestReply streamed_answer(const std::string& text, double seconds_per_word = 0);

// /v1/models has one model, "echo"; /v1/chat/completions streams an answer made of the last message and of the
// expression in the note, so that one sees what a server gets.
TestReply echo_model(const TestRequest& request, double seconds_per_word = 0);

}  // namespace mueca
