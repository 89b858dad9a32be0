// The program around a conversation: reads lines, obeys commands that begin with /, prints answers.
#pragma once
#include <atomic>
#include <iosfwd>
#include <memory>
#include <string>

#include "apps/chat/chat_log.h"
#include "apps/chat/conversation.h"
#include "apps/chat/line_editor.h"

namespace mueca {

struct SessionView {
  std::ostream& out;      // answers
  std::ostream& err;      // everything else
  bool terminal = false;  // somebody types and watches
  bool color = false, unicode = true;
  int width = 80;
};

class Session {
 public:
  // `mark` stands before each answer: "[offline]" or nothing. `expression` and `log` may be null. `interrupted` is set
  // by Ctrl-C; whoever notices it clears it.
  Session(Conversation& conversation, LineSource& lines, std::unique_ptr<ExpressionSource> expression,
          std::unique_ptr<ChatLog> log, std::string mark, SessionView view, std::atomic<bool>& interrupted);

  int run();  // until /quit or the end of the lines; an exit code

 private:
  enum class Next { go_on, quit, failed, interrupted };
  Next command(const std::string& line);
  Next talk(const std::string& line);
  std::optional<ApparentExpression> expression();
  void change_expression(const std::string& argument);
  void notice(const std::string& sentence);
  std::string plot() const;

  Conversation& conversation_;
  LineSource& lines_;
  std::unique_ptr<ExpressionSource> source_, fixed_;  // what the command line asked for; what /emotion set
  bool expression_on_ = true;
  std::unique_ptr<ChatLog> log_;
  std::string mark_;
  SessionView view_;
  std::atomic<bool>& interrupted_;
};

}  // namespace mueca
