#include "apps/figures/roofline.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "apps/figures/axes.h"
#include "apps/figures/palette.h"
#include "apps/table.h"
#include "core/error.h"

namespace mueca {
namespace {

constexpr double kLeft = 84, kWide = 620, kHigh = 400, kRight = 24;

double highest(std::span<const RooflineCeiling> ceilings) {
  return std::ranges::max_element(ceilings, {}, &RooflineCeiling::value)->value;
}

bool drawable(const RooflineKernel& k) {
  return std::isfinite(k.flop_per_byte) && std::isfinite(k.gflops) && k.flop_per_byte > 0 && k.gflops > 0;
}

std::string rounded(double value) { return fixed(value, value < 10 ? 2 : value < 100 ? 1 : 0); }

}  // namespace

Canvas roofline_figure(std::span<const RooflineKernel> kernels, std::span<const RooflineCeiling> compute,
                       std::span<const RooflineCeiling> memory, const std::string& title, const std::string& facts) {
  check(!compute.empty() && !memory.empty(), "roofline: needs a ceiling of arithmetic and one of memory");
  for (const auto& ceilings : {compute, memory})
    for (const RooflineCeiling& c : ceilings)
      check(std::isfinite(c.value) && c.value > 0, "roofline: ceiling ", c.name, " is ", c.value);
  const double peak = highest(compute), width = highest(memory),
               slowest = std::ranges::min_element(memory, {}, &RooflineCeiling::value)->value;
  double x_low = 0.5 * peak / width, x_high = 4 * peak / slowest, y_low = 0.2 * peak;
  std::size_t left_out = 0;
  bool peers = false;
  std::map<std::string, int> numbers;  // of a kernel's name: colour and shape, shared with its peers
  for (const RooflineKernel& k : kernels) {
    if (!drawable(k)) {
      ++left_out;
      continue;
    }
    numbers.emplace(k.name, static_cast<int>(numbers.size()));
    peers = peers || k.peer;
    x_low = std::min(x_low, 0.6 * k.flop_per_byte), x_high = std::max(x_high, 1.6 * k.flop_per_byte);
    y_low = std::min(y_low, 0.5 * k.gflops);
  }
  y_low = std::max(std::min(y_low, 0.5 * peak), 1e-6 * peak);
  std::string words = facts + (facts.empty() ? "" : "; ") + "ridge at " + rounded(peak / width) + " FLOP per byte";
  if (left_out) words += str("; ", left_out, " without a positive figure left out");
  std::vector<LegendEntry> entries(numbers.size());
  for (const auto& [name, n] : numbers)
    entries[static_cast<std::size_t>(n)] = {name, series_color(n), LegendEntry::Kind::mark, marker_of(n)};
  if (peers) entries.push_back({"hollow: the peer's", kInk, LegendEntry::Kind::mark, Marker::circle, true});
  const double total = kLeft + kWide + kRight;
  const Heading heading(title, words, total);
  const Legend legend(entries, total - 28);
  const double top = heading.height() + legend.height() + 10;
  Canvas canvas(total, top + kHigh + 52, title, "Roofline: performance over arithmetic intensity. " + words);
  heading.draw(canvas);
  legend.draw(canvas, 14, heading.height());
  const Axes axes({kLeft, top, kWide, kHigh}, {x_low, x_high, true}, {y_low, 1.6 * peak, true});
  axes.draw(canvas, {"arithmetic intensity (FLOP per byte)"}, {"GFLOP/s"});

  std::vector<Area> taken;
  const auto label = [&](CanvasPoint at, const std::string& text, Color color) {
    const double wide = Canvas::text_width(text, 11) + 6;
    at.x = std::clamp(at.x, axes.area().left + wide / 2 + 2, axes.area().left + kWide - wide / 2 - 2);
    if (free_place(at, wide, 16, axes.area(), taken))
      canvas.text(at.x, at.y + 4, text, {11, color, Anchor::middle, false, false, true});
  };
  for (const RooflineKernel& k : kernels)  // nothing is written over a mark
    if (drawable(k)) taken.push_back({axes.x(k.flop_per_byte) - 6, axes.y(k.gflops) - 6, 12, 12});
  for (const RooflineCeiling& c : compute) {
    const double from = std::max(c.value / width, x_low);
    canvas.line({{axes.x(from), axes.y(c.value)}, {axes.x(x_high), axes.y(c.value)}},
                {kInk, c.value == peak ? 2.0 : 1.0});
    label({axes.area().left + kWide, axes.y(c.value) - 10}, c.name + ": " + rounded(c.value) + " GFLOP/s", kInk);
  }
  for (const RooflineCeiling& c : memory) {
    const double from = std::max(x_low, y_low / c.value), to = std::min(x_high, peak / c.value);
    if (to <= from) continue;
    canvas.line({{axes.x(from), axes.y(from * c.value)}, {axes.x(to), axes.y(to * c.value)}},
                {kInk, c.value == width ? 2.0 : 1.0});
    const double middle = std::sqrt(from * to);
    const std::string text = c.name + ": " + rounded(c.value) + " GB/s";
    label({axes.x(middle) + Canvas::text_width(text, 11) / 2 + 14, axes.y(middle * c.value) + 8}, text, kInk);
  }
  for (const RooflineKernel& k : kernels) {
    if (!drawable(k)) continue;
    const int n = numbers.at(k.name);
    draw_marker(canvas, {axes.x(k.flop_per_byte), std::min(axes.y(k.gflops), axes.area().top + kHigh)}, 5, marker_of(n),
                series_color(n), 1, k.peer);
  }
  return canvas;
}

}  // namespace mueca
