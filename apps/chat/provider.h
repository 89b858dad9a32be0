// Who answers: a model behind a server, or the program itself.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/chat/expression.h"
#include "apps/chat/language.h"
#include "core/error.h"

namespace mueca {

struct ChatMessage {
  enum class From { user, assistant } from;
  std::string text;
};

struct ChatRequest {
  std::string persona;
  std::string note;                              // about the face, as JSON; empty: none
  std::optional<ApparentExpression> expression;  // what the note says
  bool after_crisis = false;
  Language language = Language::english;  // of the last message
  std::vector<ChatMessage> messages;      // the last one is the user's
};

// The model cannot read this much; fewer messages may do. Nothing was shown yet.
struct ContextTooLong : Error {
  using Error::Error;
};

class ChatProvider {
 public:
  using OnText = std::function<void(std::string_view piece)>;
  virtual ~ChatProvider() = default;
  // Hands the answer to on_text piece by piece. Throws ContextTooLong, HttpCancelled, or Error with a sentence for the
  // user; on_text may have seen a part by then.
  virtual void answer(const ChatRequest& request, const OnText& on_text) = 0;
  virtual std::string name() const = 0;     // "offline", "llama3.2 at http://localhost:11434/v1"
  virtual bool leaves_machine() const = 0;  // what is written here is sent to somebody else's computer
};

}  // namespace mueca
