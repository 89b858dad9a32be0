#include "apps/chat/session.h"

#include <ostream>

#include "apps/chat/http.h"
#include "apps/chat/mood_plot.h"
#include "apps/chat/session_words.h"
#include "apps/chat/text.h"

namespace mueca {
namespace {

constexpr int kOk = 0, kFailure = 1, kInterrupted = 130;

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t"), last = text.find_last_not_of(" \t");
  return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

}  // namespace

Session::Session(Conversation& conversation, LineSource& lines, std::unique_ptr<ExpressionSource> expression,
                 std::unique_ptr<ChatLog> log, std::string mark, SessionView view, std::atomic<bool>& interrupted)
    : conversation_(conversation),
      lines_(lines),
      source_(std::move(expression)),
      log_(std::move(log)),
      mark_(std::move(mark)),
      view_(view),
      interrupted_(interrupted) {}

int Session::run() {
  int in_a_row = 0;
  for (std::string line;;) {
    const LineSource::Got got = lines_.next(line);
    if (got == LineSource::Got::interrupted) {
      if (!view_.terminal || ++in_a_row > 1) return kInterrupted;
      notice(session_words(conversation_.language()).interrupted);
      continue;
    }
    in_a_row = 0;
    if (got == LineSource::Got::end) break;
    const std::string text = trimmed(line);
    if (text.empty()) continue;
    const Next next = text.starts_with('/') ? command(text) : talk(text);
    if (next == Next::quit) break;
    if (next == Next::interrupted && !view_.terminal) return kInterrupted;
    if (next == Next::failed && !view_.terminal) return kFailure;  // a script should notice
  }
  if (view_.terminal && !conversation_.trail().empty()) view_.out << plot() << std::flush;
  return kOk;
}

Session::Next Session::talk(const std::string& line) {
  const std::string name = view_.terminal ? "mueca" : "";
  const std::string before = name + (name.empty() || mark_.empty() ? "" : " ") + mark_ + (view_.terminal ? "> " : " ");
  bool begun = false;
  const auto show = [&](std::string_view piece) {
    if (!begun && before != " ") view_.out << (view_.color ? "\033[36m" + before + "\033[0m" : before);
    begun = true;
    view_.out << piece << std::flush;
  };
  const std::size_t known = conversation_.transcript().size();
  const auto keep = [&] {
    if (begun) view_.out << "\n" << std::flush;
    const auto& said = conversation_.transcript();
    for (std::size_t i = known; log_ && i < said.size(); ++i)
      log_->add(said[i], said[i].from == ChatMessage::From::user ? conversation_.note() : "");
  };
  try {
    interrupted_ = false;
    conversation_.say(line, expression(), show, [this](const std::string& sentence) { notice(sentence); });
  } catch (const HttpCancelled&) {
    keep();
    interrupted_ = false;
    notice(session_words(conversation_.language()).stopped);
    return Next::interrupted;
  } catch (const HttpError& error) {
    keep();
    notice(std::string("mueca: ") + error.what() + "\n" + session_words(conversation_.language()).go_offline);
    return Next::failed;
  } catch (const Error& error) {
    keep();
    notice(std::string("mueca: ") + error.what());
    return Next::failed;
  }
  keep();
  return Next::go_on;
}

Session::Next Session::command(const std::string& line) {
  const SessionWords& words = session_words(conversation_.language());
  const std::size_t space = line.find(' ');
  const std::string name = line.substr(0, space),
                    argument = space == std::string::npos ? "" : trimmed(line.substr(space));
  try {
    if (name == "/quit" || name == "/exit") return Next::quit;
    if (name == "/help")
      view_.out << words.help;
    else if (name == "/mood")
      view_.out << plot();
    else if (name == "/system")
      view_.out << conversation_.system_text() << "\n";
    else if (name == "/emotion")
      change_expression(argument);
    else if (name == "/save" && argument.empty())
      notice(words.save_where);
    else if (name == "/save") {
      save_transcript(argument, conversation_.transcript());
      notice(words.saved + argument);
    } else {
      notice(words.no_command + printable(name));
    }
    view_.out << std::flush;
  } catch (const Error& error) {
    notice(std::string("mueca: ") + error.what());
    return view_.terminal ? Next::go_on : Next::failed;
  }
  return Next::go_on;
}

void Session::change_expression(const std::string& argument) {
  const SessionWords& words = session_words(conversation_.language());
  if (argument == "off")
    expression_on_ = false;
  else if (argument == "on")
    expression_on_ = true, fixed_.reset();
  else if (!argument.empty())
    fixed_ = std::make_unique<FixedExpression>(argument), expression_on_ = true;
  ExpressionSource* source = fixed_ ? fixed_.get() : source_.get();
  if (!expression_on_ || !source) {
    view_.out << words.expression_off << "\n";
    return;
  }
  view_.out << printable(source->status()) << "\n";
  ExpressionTrail trail = conversation_.trail();
  trail.add(source->latest());
  const std::string note = trail.note();
  view_.out << (note.empty() ? words.nothing_seen : words.would_say + note) << "\n";
}

std::optional<ApparentExpression> Session::expression() {
  ExpressionSource* source = fixed_ ? fixed_.get() : source_.get();
  return expression_on_ && source ? source->latest() : std::nullopt;
}

void Session::notice(const std::string& sentence) {
  view_.out << std::flush;
  view_.err << (view_.color ? "\033[2m" + sentence + "\033[0m" : sentence) << "\n" << std::flush;
}

std::string Session::plot() const {
  return mood_plot(conversation_.trail(), conversation_.language(), view_.width, view_.unicode, view_.color);
}

}  // namespace mueca
