#include "apps/progress.h"

#include <cmath>
#include <cstdio>

#include "apps/table.h"
#include "core/error.h"

namespace mueca {

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

ProgressDisplay::ProgressDisplay(bool live, bool quiet) : bar_(live, quiet, "step ") {}

void ProgressDisplay::begin(int epoch, int epochs, std::int64_t steps) {
  bar_.begin(str("epoch ", epoch, "/", epochs), steps);
}

void ProgressDisplay::step(std::int64_t done, double loss, double images_per_second) {
  bar_.step(done, str("loss ", fixed(loss, 3), "  ", grouped(std::llround(images_per_second)), " img/s"));
}

}  // namespace mueca
