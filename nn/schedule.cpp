#include "nn/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace mueca {
namespace {

// From `a` at p = 0 to `b` at p = 1 along half a cosine.
double anneal(double a, double b, double p) { return b + (a - b) * 0.5 * (1 + std::cos(std::numbers::pi * p)); }

double fraction_of_peak(const ScheduleConfig& c, double t, double length, const PlateauState& plateau) {
  constexpr double kOneCycleStart = 1.0 / 25;
  const double progress = length > 0 ? std::clamp(t / length, 0.0, 1.0) : 1.0;
  if (c.kind == "step") return std::pow(c.factor, std::floor(t / c.period));
  if (c.kind == "cosine") return anneal(1, c.floor, progress);
  if (c.kind == "one_cycle")
    return progress < c.rise ? anneal(kOneCycleStart, 1, progress / c.rise)
                             : anneal(1, c.floor, (progress - c.rise) / (1 - c.rise));
  if (c.kind == "plateau") return std::max(plateau.scale, c.floor);
  return 1;
}

}  // namespace

void validate(const ScheduleConfig& c) {
  check(c.kind == "constant" || c.kind == "step" || c.kind == "cosine" || c.kind == "one_cycle" || c.kind == "plateau",
        "schedule: kind must be constant, step, cosine, one_cycle or plateau, got ", c.kind);
  check(c.lr > 0 && std::isfinite(c.lr), "schedule: lr must be positive, got ", c.lr);
  check(c.warmup >= 0, "schedule: warmup must not be negative, got ", c.warmup);
  check(c.factor > 0 && c.factor <= 1, "schedule: factor must be in (0, 1], got ", c.factor);
  check(c.period > 0, "schedule: period must be positive, got ", c.period);
  check(c.floor >= 0 && c.floor <= 1, "schedule: floor must be in [0, 1], got ", c.floor);
  check(c.rise > 0 && c.rise < 1, "schedule: rise must be in (0, 1), got ", c.rise);
  check(c.patience >= 0, "schedule: patience must not be negative, got ", c.patience);
}

void observe(const ScheduleConfig& config, PlateauState& state, float figure) {
  if (config.kind != "plateau") return;
  if (figure > state.best) {
    state.best = figure;
    state.waited = 0;
  } else if (++state.waited > config.patience) {
    state.scale *= config.factor;
    state.waited = 0;
  }
}

float learning_rate(const ScheduleConfig& config, double epoch, double epochs, const PlateauState& plateau) {
  constexpr double kWarmupStart = 0.01;
  const double warmup = config.warmup;
  if (epoch < warmup) return static_cast<float>(config.lr * (kWarmupStart + (1 - kWarmupStart) * epoch / warmup));
  return static_cast<float>(config.lr * fraction_of_peak(config, epoch - warmup, epochs - warmup, plateau));
}

}  // namespace mueca
