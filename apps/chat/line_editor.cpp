#include "apps/chat/line_editor.h"

#include <histedit.h>
#include <unistd.h>

#include <cerrno>
#include <clocale>
#include <cstdio>

#include "core/error.h"

namespace mueca {
namespace {

constexpr std::size_t kLongestLine = 64 << 10;

std::string& shown_prompt() {  // libedit asks by a C callback
  static std::string prompt;
  return prompt;
}

extern "C" char* give_prompt(EditLine*) { return shown_prompt().data(); }

class Editor : public LineSource {
 public:
  Editor(const std::string& prompt, std::atomic<bool>& interrupted) : interrupted_(interrupted) {
    shown_prompt() = prompt;
    std::setlocale(LC_CTYPE, "");  // libedit takes the bytes apart by it
    edit_.reset(el_init("mueca", stdin, stdout, stderr));
    history_.reset(history_init());
    check(edit_ && history_, "the line editor could not start");
    HistEvent event;
    history(history_.get(), &event, H_SETSIZE, 500);
    history(history_.get(), &event, H_SETUNIQUE, 1);
    el_set(edit_.get(), EL_PROMPT_ESC, &give_prompt, '\1');
    el_set(edit_.get(), EL_EDITOR, "emacs");
    el_set(edit_.get(), EL_SIGNAL, 1);
    el_set(edit_.get(), EL_HIST, history, history_.get());
    el_set(edit_.get(), EL_BIND, "\033[1;5C", "em-next-word", nullptr);  // Ctrl and a cursor key
    el_set(edit_.get(), EL_BIND, "\033[1;5D", "ed-prev-word", nullptr);
    el_set(edit_.get(), EL_BIND, "\033[3~", "ed-delete-next-char", nullptr);
    el_set(edit_.get(), EL_BIND, "^R", "em-inc-search-prev", nullptr);
  }

  Got next(std::string& line) override {
    int count = 0;
    errno = 0;
    const char* text = el_gets(edit_.get(), &count);
    if (interrupted_.exchange(false)) {
      el_reset(edit_.get());
      std::fputs("\n", stdout);
      return Got::interrupted;
    }
    if (!text || count <= 0) {
      std::fputs("\n", stdout);
      return Got::end;
    }
    line.assign(text, static_cast<std::size_t>(count));
    while (line.ends_with('\n') || line.ends_with('\r')) line.pop_back();
    if (line.size() > kLongestLine) line.resize(kLongestLine);
    HistEvent event;
    if (line.find_first_not_of(" \t") != std::string::npos) history(history_.get(), &event, H_ENTER, line.c_str());
    return Got::line;
  }

 private:
  std::unique_ptr<EditLine, decltype([](EditLine* e) { el_end(e); })> edit_;
  std::unique_ptr<History, decltype([](History* h) { history_end(h); })> history_;
  std::atomic<bool>& interrupted_;
};

class Pipe : public LineSource {
 public:
  explicit Pipe(std::atomic<bool>& interrupted) : interrupted_(interrupted) {}

  Got next(std::string& line) override {
    line.clear();
    for (bool any = false;;) {
      char c = 0;
      const ssize_t got = read_byte(c);
      if (interrupted_.exchange(false)) return Got::interrupted;
      if (got <= 0) return any ? Got::line : Got::end;
      if (c == '\n') return Got::line;
      any = true;
      if (line.size() < kLongestLine && c != '\r') line += c;
    }
  }

 private:
  ssize_t read_byte(char& c) {
    if (at_ == have_) {
      const ssize_t got = read(STDIN_FILENO, buffer_, sizeof buffer_);
      if (got <= 0) return got;
      at_ = 0, have_ = static_cast<std::size_t>(got);
    }
    c = buffer_[at_++];
    return 1;
  }

  std::atomic<bool>& interrupted_;
  char buffer_[4096];
  std::size_t at_ = 0, have_ = 0;
};

}  // namespace

std::unique_ptr<LineSource> line_source(bool terminal, const std::string& prompt, std::atomic<bool>& interrupted) {
  if (terminal) return std::make_unique<Editor>(prompt, interrupted);
  return std::make_unique<Pipe>(interrupted);
}

}  // namespace mueca
