// A conversation: what was said, what the face seemed to express, what goes to the provider and what does not.
#pragma once
#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/chat/expression.h"
#include "apps/chat/language.h"
#include "apps/chat/provider.h"

namespace mueca {

struct ConversationOptions {
  std::string persona;                    // see system_prompt.h
  bool follow_language = true;            // of each message; otherwise `language` stays
  Language language = Language::english;  // until a message tells
  std::size_t most_messages = 40;         // kept for the model
  std::size_t most_bytes = 48'000;        // of them together
  std::size_t longest_message = 8'000;    // bytes of one of the user's
};

class Conversation {
 public:
  using OnText = ChatProvider::OnText;
  using OnNotice = std::function<void(const std::string&)>;

  Conversation(ChatProvider& provider, ConversationOptions options);

  enum class Outcome { answered, crisis };  // crisis: the program answered itself, the provider saw nothing
  // One turn. The answer, safe for a terminal, goes to on_text piece by piece; on_notice hears what had to be left out.
  // Throws what the provider throws; the part of an answer that was shown stays in the conversation, a message without
  // any answer does not.
  Outcome say(std::string_view text, const std::optional<ApparentExpression>& seen, const OnText& on_text,
              const OnNotice& on_notice);

  const std::vector<ChatMessage>& transcript() const { return transcript_; }  // everything, as it was shown
  const ExpressionTrail& trail() const { return trail_; }
  const std::string& note() const { return note_; }  // of the latest turn
  Language language() const { return language_; }
  std::string system_text() const;  // what the provider would be told at this moment

 private:
  ChatRequest request() const;
  std::size_t trim(std::size_t most_messages, std::size_t most_bytes);

  ChatProvider& provider_;
  ConversationOptions options_;
  Language language_;
  std::vector<ChatMessage> messages_, transcript_;  // for the provider; for the reader
  ExpressionTrail trail_;
  std::string note_;
  bool after_crisis_ = false;
};

}  // namespace mueca
