#include "apps/figures/distribution.h"

#include <algorithm>
#include <numeric>

#include "apps/figures/axes.h"
#include "apps/figures/palette.h"
#include "apps/progress.h"
#include "apps/table.h"
#include "core/error.h"

namespace mueca {
namespace {

constexpr double kPanel = 176, kBetween = 18, kRow = 22, kName = 140;
constexpr std::size_t kInLine = 3;

// "largest class 16.6 times the smallest", of the largest group.
std::string imbalance(const std::vector<ClassCounts>& groups) {
  const auto sum = [](const ClassCounts& g) {
    return std::accumulate(g.count.begin(), g.count.end(), std::int64_t{0});
  };
  const auto& main = *std::ranges::max_element(groups, {}, sum);
  const auto [least, most] = std::ranges::minmax(main.count);
  if (least == 0) return main.name + ": a class without images";
  return str(main.name, ": largest class ", fixed(static_cast<double>(most) / static_cast<double>(least), 1),
             " times the smallest");
}

std::string label_of(std::int64_t n, std::int64_t total) {
  if (n == 0) return "0";
  return grouped(n) + " (" + percent(static_cast<double>(n) / static_cast<double>(total), 1) + " %)";
}

}  // namespace

Canvas distribution_figure(const std::vector<std::string>& classes, const std::vector<ClassCounts>& groups,
                           const std::string& title, const std::string& facts) {
  check(!classes.empty() && !groups.empty(), "distribution: ", classes.size(), " classes in ", groups.size(),
        " groups");
  double names = 0, numbers = 0, most = 0;
  std::vector<std::int64_t> totals;
  for (const std::string& name : classes) names = std::max(names, std::min(kName, Canvas::text_width(name, 12)));
  for (const ClassCounts& g : groups) {
    check(g.count.size() == classes.size(), "distribution: ", g.name, " has ", g.count.size(), " counts for ",
          classes.size(), " classes");
    totals.push_back(std::accumulate(g.count.begin(), g.count.end(), std::int64_t{0}));
    for (const std::int64_t n : g.count)
      numbers = std::max(numbers, Canvas::text_width(label_of(n, totals.back()), 11));
    for (const std::int64_t n : g.count)
      if (totals.back() > 0) most = std::max(most, static_cast<double>(n) / static_cast<double>(totals.back()));
  }
  const std::size_t lines = (groups.size() + kInLine - 1) / kInLine, in_line = std::min(kInLine, groups.size());
  const double left = 14 + names + 10, step = kPanel + 6 + numbers + kBetween;
  const double width = std::max(left + step * static_cast<double>(in_line) - kBetween, 430.0);
  const Heading heading(title, facts + (facts.empty() ? "" : "; ") + imbalance(groups), width);
  const double panel = kRow * static_cast<double>(classes.size()), line_height = panel + 48;
  Canvas canvas(width, heading.height() + line_height * static_cast<double>(lines), title,
                "Images per class as horizontal bars. " + imbalance(groups));
  heading.draw(canvas);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const double x = left + step * static_cast<double>(i % in_line);
    const double y = heading.height() + line_height * static_cast<double>(i / in_line) + 24;
    const std::string head = groups[i].name + " (n = " + grouped(totals[i]) + ")";
    canvas.text(x, y - 8, shortened(head, 12, kPanel + 6 + numbers, true), {12, kInk, Anchor::start, true});
    for (std::size_t c = 0; c < classes.size(); ++c) {
      const double at = y + kRow * static_cast<double>(c);
      if (i % in_line == 0)
        canvas.text(left - 10, at + kRow / 2 + 4.5, shortened(classes[c], 12, kName), {12, kInk, Anchor::end});
      const std::int64_t n = groups[i].count[c];
      const double share = totals[i] > 0 ? static_cast<double>(n) / static_cast<double>(totals[i]) : 0;
      const double wide = most > 0 ? kPanel * share / most : 0;
      if (wide > 0) canvas.rectangle(x, at + 3, wide, kRow - 6, class_color(classes[c], static_cast<int>(c)));
      canvas.text(x + wide + 6, at + kRow / 2 + 4, label_of(n, totals[i]), {11, kInk});
    }
    canvas.line({{x, y}, {x, y + panel}}, {kMuted});
  }
  return canvas;
}

}  // namespace mueca
