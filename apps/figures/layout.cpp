#include "apps/figures/layout.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "apps/figures/palette.h"

namespace mueca {
namespace {

constexpr double kTitle = 15, kFact = 12, kEntry = 12, kLine = 18, kMargin = 14;

double swatch_width(LegendEntry::Kind kind) {
  return kind == LegendEntry::Kind::patch || kind == LegendEntry::Kind::mark ? 12 : 26;
}

}  // namespace

std::string shortened(const std::string& words, double size, double width, bool bold) {
  if (Canvas::text_width(words, size, bold) <= width) return words;
  std::string cut = words;
  while (!cut.empty()) {
    while (!cut.empty() && (static_cast<unsigned char>(cut.back()) & 0xC0) == 0x80) cut.pop_back();  // within UTF-8
    if (!cut.empty()) cut.pop_back();
    while (!cut.empty() && cut.back() == ' ') cut.pop_back();
    if (Canvas::text_width(cut + "…", size, bold) <= width) return cut + "…";
  }
  return "…";
}

std::vector<std::string> wrapped(const std::string& words, double size, double width, bool bold) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t space = std::min(words.find(' ', at), words.size());
    const std::string word = words.substr(at, space - at);
    at = space + 1;
    if (word.empty()) continue;
    if (!lines.empty() && Canvas::text_width(lines.back() + " " + word, size, bold) <= width)
      lines.back() += " " + word;
    else
      lines.push_back(shortened(word, size, width, bold));
  }
  return lines;
}

Heading::Heading(const std::string& title, const std::string& facts, double width)
    : title_(wrapped(title, kTitle, width - 2 * kMargin, true)), facts_(wrapped(facts, kFact, width - 2 * kMargin)) {
  height_ = 14 + 20 * static_cast<double>(title_.size()) + 17 * static_cast<double>(facts_.size()) + 10;
}

void Heading::draw(Canvas& canvas) const {
  double y = 14;
  for (const std::string& line : title_)
    canvas.text(kMargin, y += 16, line, {kTitle, kInk, Anchor::start, true}), y += 4;
  for (const std::string& line : facts_) canvas.text(kMargin, y += 15, line, {kFact, kMuted}), y += 2;
}

Legend::Legend(std::vector<LegendEntry> entries, double width, bool column) : entries_(std::move(entries)) {
  double x = 0, y = 0;
  for (LegendEntry& entry : entries_) {
    const double swatch = swatch_width(entry.kind) + 6;
    entry.words = shortened(entry.words, kEntry, width - swatch);
    const double wide = swatch + Canvas::text_width(entry.words, kEntry);
    if (x > 0 && (column || x + wide > width)) x = 0, y += kLine;
    places_.push_back({x, y});
    x += wide + 18;
  }
  height_ = entries_.empty() ? 0 : y + kLine;
}

void Legend::draw(Canvas& canvas, double left, double top) const {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const LegendEntry& e = entries_[i];
    const double x = left + places_[i].x, y = top + places_[i].y + kLine / 2, wide = swatch_width(e.kind);
    if (e.kind == LegendEntry::Kind::patch) canvas.rectangle(x, y - 6, 12, 12, e.color);
    const bool mark = e.kind == LegendEntry::Kind::mark || e.kind == LegendEntry::Kind::marked_line;
    if (mark) draw_marker(canvas, {x + wide / 2, y}, 4.5, e.marker, e.color, 1, e.hollow);
    if (wide > 12) canvas.line({{x, y}, {x + wide, y}}, {e.color, 2, e.kind == LegendEntry::Kind::dashed});
    canvas.text(x + wide + 6, y + 4.5, e.words, {kEntry});
  }
}

std::vector<double> spread_apart(const std::vector<double>& wanted, double gap, double low, double high) {
  const std::size_t n = wanted.size();
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return wanted[i]; });
  if (n > 1) gap = std::min(gap, (high - low) / static_cast<double>(n - 1));
  // Groups of neighbours that touch; each lies centred on the mean of what its members wanted.
  struct Group {
    double centre;
    std::size_t first, count;
  };
  const auto half = [&](const Group& g) { return gap * static_cast<double>(g.count - 1) / 2; };
  const auto keep_inside = [&](Group& g) {
    g.centre = std::clamp(g.centre, low + half(g), std::max(low + half(g), high - half(g)));
  };
  std::vector<Group> groups;
  for (std::size_t i = 0; i < n; ++i) {
    groups.push_back({wanted[order[i]], i, 1});
    keep_inside(groups.back());
    while (groups.size() > 1) {
      const Group &a = groups[groups.size() - 2], &b = groups.back();
      if (a.centre + half(a) + gap <= b.centre - half(b) + 1e-9) break;
      Group both{0, a.first, a.count + b.count};
      for (std::size_t k = both.first; k < both.first + both.count; ++k)
        both.centre += wanted[order[k]] / static_cast<double>(both.count);
      keep_inside(both);
      groups.pop_back();
      groups.back() = both;
    }
  }
  std::vector<double> placed(n);
  for (const Group& g : groups)
    for (std::size_t k = 0; k < g.count; ++k)
      placed[order[g.first + k]] = g.centre - half(g) + gap * static_cast<double>(k);
  return placed;
}

bool free_place(CanvasPoint& wanted, double width, double height, const Area& area, std::vector<Area>& taken) {
  const auto fits = [&](double x, double y) {
    const double left = x - width / 2, top = y - height / 2;
    if (left < area.left || top < area.top || left + width > area.left + area.width ||
        top + height > area.top + area.height)
      return false;
    return std::ranges::none_of(taken, [&](const Area& t) {
      return left < t.left + t.width && t.left < left + width && top < t.top + t.height && t.top < top + height;
    });
  };
  constexpr double kTurn = 6.283185307179586;
  for (int ring = 0; ring <= 12; ++ring)
    for (int k = 0; k < (ring ? 16 : 1); ++k) {
      const double x = wanted.x + ring * height * 0.7 * std::cos(kTurn * k / 16);
      const double y = wanted.y + ring * height * 0.7 * std::sin(kTurn * k / 16);
      if (!fits(x, y)) continue;
      wanted = {x, y};
      taken.push_back({x - width / 2, y - height / 2, width, height});
      return true;
    }
  return false;
}

}  // namespace mueca
