#include "apps/figures/axes.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "apps/figures/palette.h"

namespace mueca {
namespace {

std::string tick_label(double value) {
  char text[32];
  std::snprintf(text, sizeof text, std::abs(value) >= 1e-3 || value == 0 ? "%.4g" : "%.0e", value);
  return text;
}

std::vector<double> decades(double low, double high) {
  std::vector<double> ticks;
  for (double t = std::pow(10, std::ceil(std::log10(low) - 1e-9)); t <= high * (1 + 1e-9); t *= 10) ticks.push_back(t);
  if (ticks.size() < 2) ticks = {low, high};
  return ticks;
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

Axes::Axes(double left, double top, double width, double height, double x_low, double x_high, double y_low,
           double y_high, bool logarithmic)
    : left_(left),
      top_(top),
      width_(width),
      height_(height),
      x_low_(x_low),
      x_high_(x_high > x_low ? x_high : x_low + 1),
      y_low_(y_low),
      y_high_(y_high),
      logarithmic_(logarithmic && y_low > 0) {
  if (y_high_ > y_low_) return;
  if (logarithmic_)
    y_low_ = 0.8 * y_low, y_high_ = 1.25 * y_low;
  else
    y_low_ = y_low - 0.5, y_high_ = y_low + 0.5;
}

double Axes::x(double value) const { return left_ + width_ * (value - x_low_) / (x_high_ - x_low_); }

double Axes::y(double value) const {
  const auto height = [&](double v) { return logarithmic_ ? std::log(v) : v; };
  return top_ + height_ * (1 - (height(value) - height(y_low_)) / (height(y_high_) - height(y_low_)));
}

void Axes::draw(Canvas& canvas, const std::string& y_title, int y_ticks, bool x_labels, const std::string& unit) const {
  for (const double tick : logarithmic_ ? decades(y_low_, y_high_) : round_ticks(y_low_, y_high_, y_ticks)) {
    canvas.line({{left_, y(tick)}, {left_ + width_, y(tick)}}, {kGrid});
    canvas.text(left_ - 7, y(tick) + 4, tick_label(tick) + unit, {11, kMuted, Anchor::end});
  }
  for (const double tick : round_ticks(x_low_, x_high_, 10)) {
    if (tick != std::floor(tick)) continue;  // epochs are whole
    canvas.line({{x(tick), top_}, {x(tick), top_ + height_}}, {kGrid});
    if (x_labels) canvas.text(x(tick), top_ + height_ + 17, tick_label(tick), {11, kMuted, Anchor::middle});
  }
  canvas.frame(left_, top_, width_, height_, {rgb(0x999999)});
  canvas.text(left_ - 48, top_ + height_ / 2, y_title, {12, kInk, Anchor::middle, false, true});
}

void Axes::curve(Canvas& canvas, const std::vector<double>& xs, const std::vector<double>& ys, Stroking stroke) const {
  std::vector<CanvasPoint> piece;
  const auto finish = [&] {
    if (piece.size() == 1) canvas.dot(piece[0].x, piece[0].y, 1.5 * stroke.width, stroke.color);
    canvas.line(std::move(piece), stroke);
    piece.clear();
  };
  for (std::size_t i = 0; i < xs.size(); ++i) {
    if (std::isfinite(ys[i]) && (!logarithmic_ || ys[i] > 0))
      piece.push_back({x(xs[i]), y(std::clamp(ys[i], y_low_, y_high_))});
    else
      finish();
  }
  finish();
}

}  // namespace mueca
