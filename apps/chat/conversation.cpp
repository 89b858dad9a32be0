#include "apps/chat/conversation.h"

#include "apps/chat/crisis.h"
#include "apps/chat/system_prompt.h"
#include "apps/chat/text.h"

namespace mueca {

using From = ChatMessage::From;

Conversation::Conversation(ChatProvider& provider, ConversationOptions options)
    : provider_(provider), options_(std::move(options)), language_(options_.language) {}

Conversation::Outcome Conversation::say(std::string_view text, const std::optional<ApparentExpression>& seen,
                                        const OnText& on_text, const OnNotice& on_notice) {
  std::string message = printable(text);
  if (message.size() > options_.longest_message) {
    message = std::string(shortened(message, options_.longest_message));
    on_notice(str("only the first ", message.size(), " bytes of the message are used"));
  }
  if (options_.follow_language) language_ = language_of(message, language_);
  trail_.add(seen);
  note_ = trail_.note();

  if (speaks_of_crisis(message)) {  // all of it, before anybody is asked
    after_crisis_ = true;
    const std::string answer = crisis_answer(language_);
    on_text(answer);
    transcript_.push_back({From::user, message});
    transcript_.push_back({From::assistant, answer});
    return Outcome::crisis;
  }

  messages_.push_back({From::user, message});
  if (const std::size_t gone = trim(options_.most_messages, options_.most_bytes))
    on_notice(str("the conversation is long: its oldest ", gone, " messages are left out from now on"));
  std::string answer;
  TerminalFilter filter;
  const auto show = [&](const std::string& safe) {
    answer += safe;
    if (!safe.empty()) on_text(safe);
  };
  const auto keep = [&] {
    if (answer.empty()) {
      messages_.pop_back();
      return;
    }
    messages_.push_back({From::assistant, answer});
    transcript_.push_back({From::user, message});
    transcript_.push_back({From::assistant, answer});
  };
  const auto ask = [&] {
    provider_.answer(request(), [&](std::string_view piece) { show(filter.pass(piece)); });
    show(filter.finish());
  };
  try {
    try {
      ask();
    } catch (const ContextTooLong& error) {
      const std::size_t gone = trim(messages_.size() / 2, options_.most_bytes / 2);
      if (gone == 0) throw Error(str("the model cannot read so long a message: ", printable(error.what())));
      on_notice(
          str("the conversation is too long for the model: its oldest ", gone, " messages are left out from now on"));
      ask();
    }
  } catch (...) {
    keep();
    throw;
  }
  keep();
  return Outcome::answered;
}

ChatRequest Conversation::request() const {
  ChatRequest request{options_.persona, note_, {}, after_crisis_, language_, messages_};
  if (!note_.empty()) request.expression = trail_.turns().back();
  return request;
}

std::string Conversation::system_text() const { return system_message(options_.persona, note_, after_crisis_); }

// Drops the oldest messages until the limits hold; never the last one, and what is left begins with the user's.
std::size_t Conversation::trim(std::size_t most_messages, std::size_t most_bytes) {
  std::size_t bytes = 0, first = messages_.size();
  while (first > 0) {
    const std::size_t more = messages_[first - 1].text.size();
    const bool last = first == messages_.size();
    if (!last && (messages_.size() - first >= most_messages || bytes + more > most_bytes)) break;
    bytes += more;
    --first;
  }
  while (first + 1 < messages_.size() && messages_[first].from != From::user) ++first;
  messages_.erase(messages_.begin(), messages_.begin() + static_cast<std::ptrdiff_t>(first));
  return first;
}

}  // namespace mueca
