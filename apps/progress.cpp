#include "apps/progress.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "apps/table.h"
#include "apps/terminal.h"
#include "core/error.h"

namespace mueca {
namespace {

constexpr auto kRedraw = std::chrono::milliseconds(100);  // often enough to look alive
constexpr auto kPlainEvery = std::chrono::seconds(60);    // a log of a slow epoch should not stay silent for longer
constexpr int kBarWidth = 24;

}  // namespace

std::string clock_text(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "--:--";
  const auto s = static_cast<long long>(seconds + 0.5);
  char text[32];
  if (s < 3600)
    std::snprintf(text, sizeof text, "%02lld:%02lld", s / 60, s % 60);
  else
    std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
  return text;
}

std::string grouped(std::int64_t number) {
  std::string digits = str(number);
  for (int at = static_cast<int>(digits.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3)
    digits.insert(static_cast<std::size_t>(at), " ");
  return digits;
}

std::string short_rate(double learning_rate) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1e", learning_rate);
  std::string out = text;  // "3.0e-04": one digit of the exponent says it
  const auto e = out.find('e');
  if (e != std::string::npos && out.size() > e + 3 && out[e + 2] == '0') out.erase(e + 2, 1);
  return out;
}

std::string epoch_line(const EpochFigures& f, double eta_seconds) {
  std::string best = f.best_epoch > 0 ? str(" (best ", percent(f.best_accuracy, 1), " @", f.best_epoch, ")") : "";
  return str("epoch ", f.epoch, "/", f.epochs, "  loss ", fixed(f.train_loss, 3), "/", fixed(f.select_loss, 3),
             "  acc ", percent(f.train_accuracy, 1), "/", percent(f.select_accuracy, 1), best, "  lr ",
             short_rate(f.learning_rate), "  ", grouped(std::llround(f.images_per_second)), " img/s  mem ",
             fixed(f.memory_gib, 1), " GiB  ", clock_text(f.seconds), "  ETA ", clock_text(eta_seconds));
}

ProgressDisplay::ProgressDisplay(bool live, bool quiet) : live_(live && !quiet), quiet_(quiet) {}

ProgressDisplay::~ProgressDisplay() { clear(); }

void ProgressDisplay::begin(int epoch, int epochs, std::int64_t steps) {
  epoch_ = epoch, epochs_ = epochs, steps_ = steps;
  begun_ = shown_ = Clock::now();
}

void ProgressDisplay::step(std::int64_t done, double loss, double images_per_second) {
  const auto now = Clock::now();
  if (quiet_ || now - shown_ < (live_ ? std::chrono::duration_cast<Clock::duration>(kRedraw)
                                      : std::chrono::duration_cast<Clock::duration>(kPlainEvery)))
    return;
  shown_ = now;
  const double share = steps_ > 0 ? static_cast<double>(done) / static_cast<double>(steps_) : 0;
  const double left = share > 0 ? std::chrono::duration<double>(now - begun_).count() * (1 - share) / share : -1;
  const std::string figures = str("step ", done, "/", steps_, "  loss ", fixed(loss, 3), "  ",
                                  grouped(std::llround(images_per_second)), " img/s  ", clock_text(left), " left");
  if (!live_) {
    std::fprintf(stderr, "epoch %d/%d  %s\n", epoch_, epochs_, figures.c_str());
    return;
  }
  const int full = std::clamp(static_cast<int>(share * kBarWidth), 0, kBarWidth);
  std::string text = str("epoch ", epoch_, "/", epochs_, " [", std::string(static_cast<std::size_t>(full), '='),
                         std::string(static_cast<std::size_t>(kBarWidth - full), ' '), "] ", figures);
  // A line that wraps could not be redrawn.
  text.resize(std::min(text.size(), static_cast<std::size_t>(std::max(terminal_width() - 1, 20))));
  std::fprintf(stderr, "\r\x1b[K%s", text.c_str());
  std::fflush(stderr);
  drawn_ = true;
}

void ProgressDisplay::line(const std::string& text) {
  clear();
  if (!quiet_) std::fprintf(stderr, "%s\n", text.c_str());
}

void ProgressDisplay::clear() {
  if (drawn_) std::fputs("\r\x1b[K", stderr), std::fflush(stderr);
  drawn_ = false;
}

}  // namespace mueca
