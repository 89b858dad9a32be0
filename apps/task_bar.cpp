#include "apps/task_bar.h"

#include <algorithm>
#include <cstdio>

#include "apps/progress.h"
#include "apps/terminal.h"
#include "core/error.h"

namespace mueca {
namespace {

constexpr auto kRedraw = std::chrono::milliseconds(100);  // often enough to look alive
constexpr auto kPlainEvery = std::chrono::seconds(60);    // a log of slow work should not stay silent for longer
constexpr int kWidth = 24;

}  // namespace

TaskBar::TaskBar() : TaskBar(wants_live_bar()) {}
TaskBar::TaskBar(bool live, bool quiet, const std::string& unit) : live_(live), quiet_(quiet), unit_(unit) {}
TaskBar::~TaskBar() { clear(); }

void TaskBar::begin(const std::string& task, std::int64_t steps) {
  task_ = task, steps_ = steps;
  begun_ = shown_ = Clock::now();
}

void TaskBar::step(std::int64_t done, const std::string& what) {
  const auto now = Clock::now();
  if (quiet_ || now - shown_ < (live_ ? std::chrono::duration_cast<Clock::duration>(kRedraw)
                                      : std::chrono::duration_cast<Clock::duration>(kPlainEvery)))
    return;
  shown_ = now;
  const double share = static_cast<double>(done) / static_cast<double>(std::max<std::int64_t>(steps_, 1));
  const double left = share > 0 ? std::chrono::duration<double>(now - begun_).count() * (1 - share) / share : -1;
  const int full = std::clamp(static_cast<int>(share * kWidth), 0, kWidth);
  const std::string bar =
      std::string(static_cast<std::size_t>(full), '=') + std::string(static_cast<std::size_t>(kWidth - full), ' ');
  std::string text = str(task_, live_ ? " [" + bar + "] " : "  ", unit_, done, "/", steps_, what.empty() ? "" : "  ",
                         what, "  ", clock_text(left), " left");
  if (!live_) return void(std::fprintf(stderr, "%s\n", text.c_str()));
  // A line that wraps could not be redrawn.
  text.resize(std::min(text.size(), static_cast<std::size_t>(std::max(terminal_width() - 1, 20))));
  std::fprintf(stderr, "\r\x1b[K%s", text.c_str());
  std::fflush(stderr);
  drawn_ = true;
}

void TaskBar::line(const std::string& text) {
  clear();
  if (!quiet_) std::fprintf(stderr, "%s\n", text.c_str());
}

void TaskBar::clear() {
  if (drawn_) std::fputs("\r\x1b[K", stderr), std::fflush(stderr);
  drawn_ = false;
}

}  // namespace mueca
