#include "apps/figures/scatter.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "apps/figures/axes.h"
#include "apps/figures/palette.h"
#include "core/error.h"

namespace mueca {
namespace {

constexpr double kWidth = 620, kLabel = 13;

struct Extent {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  void take(double v) { low = std::min(low, v), high = std::max(high, v); }
  double length() const { return high > low ? high - low : 1; }
  // Of the given length about the same middle; {-l/2, l/2} when nothing was taken.
  Scale scale(double wanted) const {
    const double middle = low <= high ? (low + high) / 2 : 0;
    return {middle - wanted / 2, middle + wanted / 2};
  }
};

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

Canvas scatter_figure(std::span<const float> points, std::span<const std::int32_t> labels,
                      const std::vector<std::string>& classes, const ScatterText& text) {
  check(points.size() == 2 * labels.size(), "scatter: ", points.size(), " coordinates for ", labels.size(), " labels");
  const std::size_t k = classes.size();
  std::vector<std::vector<double>> xs(k), ys(k);
  Extent x, y;
  std::vector<std::size_t> drawn;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    check(labels[i] >= 0 && static_cast<std::size_t>(labels[i]) < k, "scatter: label ", labels[i], " of ", k,
          " classes");
    const double px = points[2 * i], py = points[2 * i + 1];
    if (!std::isfinite(px) || !std::isfinite(py)) continue;
    const auto c = static_cast<std::size_t>(labels[i]);
    x.take(px), y.take(py), xs[c].push_back(px), ys[c].push_back(py), drawn.push_back(i);
  }
  std::vector<LegendEntry> entries;
  for (std::size_t c = 0; c < k; ++c)
    entries.push_back({str(classes[c], " (", xs[c].size(), ")"), class_color(classes[c], static_cast<int>(c)),
                       LegendEntry::Kind::mark, marker_of(static_cast<int>(c))});
  std::string facts = text.facts + (text.facts.empty() ? "" : "; ") + str("n = ", drawn.size());
  if (drawn.size() < labels.size())
    facts += str("; ", labels.size() - drawn.size(), " without a finite place left out");

  const double left = text.ticks ? 76 : 36;
  const Heading heading(text.title, facts, left + kWidth + 24);
  const Legend legend(entries, left + kWidth - 14);
  const double height = std::clamp(kWidth * y.length() / x.length(), 0.6 * kWidth, kWidth);
  const Area area{left, heading.height() + legend.height() + 10, kWidth, height};
  Canvas canvas(left + kWidth + 24, area.top + height + (text.ticks ? 52 : 34), text.title,
                str("Scatter plot, a colour and a shape per class. ", facts));
  heading.draw(canvas);
  legend.draw(canvas, 14, heading.height());

  const double unit = 1.06 * std::max(x.length() / kWidth, y.length() / height);  // per pixel, the same both ways
  const Axes axes(area, x.scale(unit * kWidth), y.scale(unit * height));
  if (text.ticks)
    axes.draw(canvas, {text.x_title, 8}, {text.y_title, 6});
  else {
    canvas.frame(area.left, area.top, area.width, area.height, {rgb(0x999999)});
    canvas.text(area.left + kWidth / 2, area.top + height + 20, text.x_title, {12, kInk, Anchor::middle});
    canvas.text(area.left - 12, area.top + height / 2, text.y_title, {12, kInk, Anchor::middle, false, true});
  }

  const bool many = drawn.size() > 400;
  const double radius = drawn.size() > 8000 ? 1.5 : drawn.size() > 1500 ? 2.1 : many ? 2.8 : 3.6;
  if (many) canvas.begin_pixels();
  for (const std::size_t i : drawn) {
    const auto c = static_cast<std::size_t>(labels[i]);
    draw_marker(canvas, {axes.x(points[2 * i]), axes.y(points[2 * i + 1])}, radius, entries[c].marker, entries[c].color,
                drawn.size() > 8000 ? 0.4 : 0.55);
  }
  if (many) canvas.end_pixels();

  if (!text.labels) return canvas;
  struct Label {
    std::size_t c;
    std::string words;
    CanvasPoint place;
  };
  std::vector<Label> placed;
  std::vector<Area> taken;
  for (std::size_t c = 0; c < k; ++c) {
    if (xs[c].empty()) continue;
    const CanvasPoint centre{axes.x(median(xs[c])), axes.y(median(ys[c]))};
    Label label{c, shortened(classes[c], kLabel, 150, true), centre};
    const double wide = Canvas::text_width(label.words, kLabel, true) + 8;
    if (!free_place(label.place, wide, 18, area, taken)) continue;  // the legend has it
    if (std::hypot(label.place.x - centre.x, label.place.y - centre.y) > 12)
      canvas.line({centre, label.place}, {entries[c].color, 1.2});
    placed.push_back(std::move(label));
  }
  for (const Label& label : placed)
    canvas.text(label.place.x, label.place.y + 4.5, label.words,
                {kLabel, readable(entries[label.c].color), Anchor::middle, true, false, true});
  return canvas;
}

}  // namespace mueca
