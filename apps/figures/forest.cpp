#include "apps/figures/forest.h"

#include <algorithm>
#include <cmath>

#include "apps/figures/axes.h"
#include "apps/figures/palette.h"
#include "apps/table.h"
#include "core/error.h"

namespace mueca {
namespace {

constexpr double kLabels = 230, kPlot = 430, kNumbers = 190, kArm = 34, kClaim = 19, kLine = 15;
constexpr Color kBand = rgb(0xe6e6e6);

Scale scale_of(const Forest& forest) {
  std::vector<double> values;
  const auto take = [&](double v) { values.push_back(100 * v); };
  for (const ForestRow& r : forest.rows) {
    take(r.mean), take(r.low), take(r.high);
    for (const double v : r.seeds) take(v);
    for (const ForestClaim& c : r.claims) take(c.value - c.spread), take(c.value + c.spread);
  }
  for (const ForestBand& b : forest.bands) take(b.low), take(b.high);
  return round_scale(values, 8);
}

void interval(Canvas& canvas, const Axes& axes, double low, double high, double y, Stroking stroke) {
  if (!std::isfinite(low) || !std::isfinite(high) || high <= low) return;
  const double a = axes.x(100 * low), b = axes.x(100 * high);
  canvas.line({{a, y}, {b, y}}, stroke);
  for (const double x : {a, b}) canvas.line({{x, y - 4}, {x, y + 4}}, stroke);
}

// A row's name, in as many lines as it needs.
std::vector<std::string> name_lines(const ForestRow& r) { return wrapped(r.label, 12, kLabels - 28, true); }

double height_of(const ForestRow& r) {
  const double names = kLine * static_cast<double>(name_lines(r).size()) + (r.note.empty() ? 10 : 20);
  return std::max(kArm + kClaim * static_cast<double>(r.claims.size()), names);
}

// An open diamond, and its words on the side with more room.
void draw_claim(Canvas& canvas, const Axes& axes, const ForestClaim& c, double y) {
  const double x = axes.x(100 * c.value), left = axes.area().left, right = left + axes.area().width;
  interval(canvas, axes, c.value - c.spread, c.value + c.spread, y, {kVermillion, 1.2});
  draw_marker(canvas, {x, y}, 4.2, Marker::diamond, kVermillion, 1, true);
  const double from = axes.x(100 * (c.value - c.spread)) - 10, to = axes.x(100 * (c.value + c.spread)) + 10;
  const std::string words = str(percent(c.value, 1), " %, ", c.label);
  const bool behind = Canvas::text_width(words, 11) <= right - to || right - to > from - left;
  canvas.text(behind ? to : from, y + 4, shortened(words, 11, behind ? right - to - 2 : from - left - 2),
              {11, readable(kVermillion), behind ? Anchor::start : Anchor::end, false, false, true});
}

}  // namespace

Canvas forest_figure(const Forest& forest) {
  check(!forest.rows.empty(), "forest plot: no rows");
  const double width = kLabels + kPlot + kNumbers;
  const Heading heading(forest.title, forest.facts, width);
  std::vector<LegendEntry> entries{
      {"mean with its 95 % interval", kBlue, LegendEntry::Kind::marked_line, Marker::circle}};
  bool seeds = false, claims = false;
  double height = 0;
  for (const ForestRow& r : forest.rows) {
    seeds = seeds || r.seeds.size() > 1, claims = claims || !r.claims.empty();
    height += height_of(r);
  }
  if (seeds) entries.push_back({"single seeds", kMuted, LegendEntry::Kind::mark, Marker::plus});
  if (claims) entries.push_back({"published", kVermillion, LegendEntry::Kind::mark, Marker::diamond, true});
  for (const ForestBand& b : forest.bands)
    entries.push_back({b.label + ": " + percent(b.low, 1) + " to " + percent(b.high, 1) + " %", kBand});
  const Legend legend(entries, width - 28);
  const double top = heading.height() + legend.height() + 10;
  Canvas canvas(width, top + height + 56, forest.title, "Means with 95 % intervals. " + forest.facts);
  heading.draw(canvas);
  legend.draw(canvas, 14, heading.height());

  const Area area{kLabels, top, kPlot, height + 8};
  const Axes axes(area, scale_of(forest), {0, 1});
  for (const ForestBand& b : forest.bands)
    canvas.rectangle(axes.x(100 * b.low), area.top, axes.x(100 * b.high) - axes.x(100 * b.low), area.height, kBand);
  axes.draw(canvas, {forest.quantity, 8, " %"}, {"", 1, "", false});
  double y = top + kArm / 2 + 2;
  bool first = true;
  for (const ForestRow& r : forest.rows) {
    if (!first) canvas.line({{14, y - kArm / 2}, {width - 14, y - kArm / 2}}, {kGrid, 0.8});
    first = false;
    double line = y - (r.note.empty() ? -4 : 2);
    for (const std::string& words : name_lines(r))
      canvas.text(kLabels - 12, line, words, {12, kInk, Anchor::end, true}), line += kLine;
    if (!r.note.empty())
      canvas.text(kLabels - 12, line - 1, shortened(r.note, 10, kLabels - 28), {10, kMuted, Anchor::end});
    const double numbers = kLabels + kPlot + 12;
    if (std::isfinite(r.mean)) {
      for (const double v : r.seeds)
        if (std::isfinite(v) && r.seeds.size() > 1)
          draw_marker(canvas, {axes.x(100 * v), y + 9}, 2.6, Marker::plus, kMuted);
      interval(canvas, axes, r.low, r.high, y, {kBlue, 2});
      canvas.dot(axes.x(100 * r.mean), y, 5, kBlue);
      const bool interval_known = std::isfinite(r.low) && std::isfinite(r.high) && r.high > r.low;
      canvas.text(numbers, y + 4,
                  percent(r.mean, 1) + " %" +
                      (interval_known ? " (" + percent(r.low, 1) + " to " + percent(r.high, 1) + ")" : ""),
                  {12, kInk});
    } else {
      canvas.text(numbers, y + 4, "not measured", {12, kMuted});
    }
    double below = y + kArm / 2 + kClaim / 2 - 4;
    for (const ForestClaim& c : r.claims) draw_claim(canvas, axes, c, below), below += kClaim;
    y += height_of(r);
  }
  return canvas;
}

}  // namespace mueca
