#include "apps/figures/axes.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>

#include "apps/figures/palette.h"

namespace mueca {
namespace {

constexpr double kFinest = 0.6;  // pixels between the points of a curve: thousands of them become hundreds

std::string tick_label(double value) {
  char text[32];
  const bool plain = value == 0 || (std::abs(value) >= 1e-3 && std::abs(value) < 1e6);
  std::snprintf(text, sizeof text, plain ? "%.5g" : "%.0e", value);
  return text;
}

// Powers of ten; with fewer than two of them in sight also their double and fivefold.
std::vector<double> decades(double low, double high) {
  std::vector<double> ticks;
  for (const bool fine : {false, true}) {
    ticks.clear();
    for (int power = static_cast<int>(std::floor(std::log10(low))); std::pow(10, power) <= high * (1 + 1e-9); ++power)
      for (const double factor : {1.0, 2.0, 5.0})
        if (const double t = factor * std::pow(10, power);
            (fine || factor == 1) && t >= low * (1 - 1e-9) && t <= high * (1 + 1e-9))
          ticks.push_back(t);
    if (ticks.size() >= 2) return ticks;
  }
  return {low, high};
}

std::vector<double> ticks_of(const Scale& s, const AxisLook& look) {
  std::vector<double> ticks = s.logarithmic ? decades(s.low, s.high) : round_ticks(s.low, s.high, look.ticks);
  if (look.whole) std::erase_if(ticks, [](double t) { return t != std::floor(t); });
  return ticks;
}

Scale widened(Scale s) {
  s.logarithmic = s.logarithmic && s.low > 0;
  if (s.high > s.low) return s;
  if (s.logarithmic) return {0.8 * s.low, 1.25 * s.low, true};
  return {s.low - 0.5, s.low + 0.5, false};
}

double share(const Scale& s, double value) {
  return s.logarithmic ? std::log(value / s.low) / std::log(s.high / s.low) : (value - s.low) / (s.high - s.low);
}

}  // namespace

std::vector<double> round_ticks(double low, double high, int count) {
  if (!(high > low)) return {low};
  const double raw = (high - low) / std::max(count, 1), power = std::pow(10, std::floor(std::log10(raw)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= raw * 0.75) {
      step = factor * power;
      break;
    }
  std::vector<double> ticks;
  for (double i = std::ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; ++i)
    ticks.push_back(i * step + 0.0);  // no "-0"
  return ticks;
}

Scale round_scale(const std::vector<double>& values, int count) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const double v : values)
    if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
  if (!(low <= high)) return {0, 1};
  if (low == high) return {low - 0.5, high + 0.5};
  const auto ticks = round_ticks(low, high, count);
  const double step = ticks.size() > 1 ? ticks[1] - ticks[0] : high - low;
  return {std::floor(low / step + 1e-9) * step, std::ceil(high / step - 1e-9) * step};
}

Axes::Axes(const Area& area, Scale x, Scale y) : area_(area), x_(widened(x)), y_(widened(y)) {}

double Axes::x(double value) const { return area_.left + area_.width * share(x_, value); }
double Axes::y(double value) const { return area_.top + area_.height * (1 - share(y_, value)); }

bool Axes::drawable(double y) const { return std::isfinite(y) && (!y_.logarithmic || y > 0); }

void Axes::draw(Canvas& canvas, const AxisLook& x_look, const AxisLook& y_look) const {
  const double bottom = area_.top + area_.height, right = area_.left + area_.width;
  double widest = 0;
  for (const double tick : ticks_of(y_, y_look)) {
    canvas.line({{area_.left, y(tick)}, {right, y(tick)}}, {kGrid});
    if (!y_look.labels) continue;
    const std::string label = tick_label(tick) + y_look.unit;
    widest = std::max(widest, Canvas::text_width(label, 11));
    canvas.text(area_.left - 7, y(tick) + 4, label, {11, kMuted, Anchor::end});
  }
  for (const double tick : ticks_of(x_, x_look)) {
    canvas.line({{x(tick), area_.top}, {x(tick), bottom}}, {kGrid});
    if (x_look.labels) canvas.text(x(tick), bottom + 17, tick_label(tick) + x_look.unit, {11, kMuted, Anchor::middle});
  }
  canvas.frame(area_.left, area_.top, area_.width, area_.height, {rgb(0x999999)});
  const double away = y_look.labels ? std::max(48.0, widest + 16) : 12;
  canvas.text(area_.left - away, area_.top + area_.height / 2, y_look.title, {12, kInk, Anchor::middle, false, true});
  canvas.text(area_.left + area_.width / 2, bottom + (x_look.labels ? 38 : 20), x_look.title,
              {12, kInk, Anchor::middle});
}

void Axes::curve(Canvas& canvas, const std::vector<double>& xs, const std::vector<double>& ys, Stroking stroke) const {
  std::vector<CanvasPoint> piece;
  std::optional<CanvasPoint> skipped;  // too near to the last point to be seen beside it
  const auto finish = [&] {
    if (skipped) piece.push_back(*skipped);
    skipped.reset();
    if (piece.size() == 1) canvas.dot(piece[0].x, piece[0].y, 1.5 * stroke.width, stroke.color);
    canvas.line(std::move(piece), stroke);
    piece.clear();
  };
  for (std::size_t i = 0; i < xs.size(); ++i) {
    if (!drawable(ys[i])) {
      finish();
      continue;
    }
    const CanvasPoint p{x(xs[i]), y(std::clamp(ys[i], y_.low, y_.high))};
    if (!piece.empty() && std::hypot(p.x - piece.back().x, p.y - piece.back().y) < kFinest) {
      skipped = p;
      continue;
    }
    piece.push_back(p);
    skipped.reset();
  }
  finish();
}

void Axes::band(Canvas& canvas, const std::vector<double>& xs, const std::vector<double>& low,
                const std::vector<double>& high, Color color, double opacity) const {
  std::vector<CanvasPoint> upper, lower;
  const auto finish = [&] {
    upper.insert(upper.end(), lower.rbegin(), lower.rend());
    canvas.fill(std::move(upper), color, opacity);
    upper.clear(), lower.clear();
  };
  for (std::size_t i = 0; i < xs.size(); ++i) {
    if (!drawable(low[i]) || !drawable(high[i])) {
      finish();
      continue;
    }
    upper.push_back({x(xs[i]), y(std::clamp(high[i], y_.low, y_.high))});
    lower.push_back({x(xs[i]), y(std::clamp(low[i], y_.low, y_.high))});
  }
  finish();
}

}  // namespace mueca
