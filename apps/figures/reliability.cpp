#include "apps/figures/reliability.h"

#include <algorithm>
#include <cmath>

#include "apps/figures/axes.h"
#include "apps/figures/palette.h"
#include "apps/table.h"
#include "core/error.h"

namespace mueca {
namespace {

constexpr double kSide = 300, kLow = 84, kLeft = 76, kBetween = 76, kRight = 24;
constexpr Color kGap = rgb(0xf2b48a);

void draw_bins(Canvas& canvas, const Axes& axes, const Reliability& of) {
  const double wide = 1 / static_cast<double>(of.bins.size());
  for (std::size_t b = 0; b < of.bins.size(); ++b) {
    const ReliabilityBin& bin = of.bins[b];
    if (bin.count == 0) continue;
    const double left = axes.x(static_cast<double>(b) * wide) + 0.75,
                 right = axes.x(static_cast<double>(b + 1) * wide) - 0.75;
    const double right_at = axes.y(bin.accuracy), said_at = axes.y(bin.confidence);
    canvas.rectangle(left, right_at, right - left, axes.y(0) - right_at, kBlue);
    canvas.rectangle(left, std::min(right_at, said_at), right - left, std::abs(right_at - said_at), kGap);
    canvas.line({{left, right_at}, {right, right_at}}, {kInk, 1.6});
  }
  canvas.line({{axes.x(0), axes.y(0)}, {axes.x(1), axes.y(1)}}, {kInk, 1.2, true});
}

}  // namespace

Canvas reliability_figure(std::span<const ReliabilityPanel> panels, const std::string& title,
                          const std::string& facts) {
  check(!panels.empty(), "reliability diagram: nothing to draw");
  const double width =
      std::max(kLeft + static_cast<double>(panels.size()) * (kSide + kBetween) - kBetween + kRight, 470.0);
  std::int64_t largest = 1, total = 0;
  std::string errors;
  for (const ReliabilityPanel& p : panels) {
    std::int64_t n = 0;
    for (const ReliabilityBin& bin : p.of.bins) largest = std::max(largest, bin.count), n += bin.count;
    total = std::max(total, n);
    errors += (errors.empty() ? "" : ", ") + p.name + ": " + fixed(p.of.error, 3);
  }
  const Heading heading(
      title,
      facts + (facts.empty() ? "" : "; ") +
          str("n = ", total, "; expected calibration error over ", panels[0].of.bins.size(), " equal bins"),
      width);
  const Legend legend({{"share of right answers", kBlue},
                       {"gap to the mean confidence", kGap},
                       {"as confident as right", kInk, LegendEntry::Kind::dashed}},
                      width - 28);
  const double top = heading.height() + legend.height() + 30, below = top + kSide + 14;
  Canvas canvas(width, below + kLow + 52, title, "Reliability diagram. Expected calibration error, " + errors + ".");
  heading.draw(canvas);
  legend.draw(canvas, 14, heading.height());
  const Scale counts = round_scale({0, static_cast<double>(largest)}, 2);
  for (std::size_t i = 0; i < panels.size(); ++i) {
    const double left = kLeft + static_cast<double>(i) * (kSide + kBetween);
    const std::string head =
        panels[i].name + (panels[i].name.empty() ? "" : ": ") + "ECE " + fixed(panels[i].of.error, 3);
    canvas.text(left, top - 9, shortened(head, 12, kSide, true), {12, kInk, Anchor::start, true});
    const Axes upper({left, top, kSide, kSide}, {0, 1}, {0, 1});
    upper.draw(canvas, {"", 5, "", false}, {i == 0 ? "share of right answers" : "", 5});
    draw_bins(canvas, upper, panels[i].of);
    const Axes lower({left, below, kSide, kLow}, {0, 1}, counts);
    lower.draw(canvas, {"confidence (probability of the answer)"}, {i == 0 ? "images" : "", 2});
    const double wide = kSide / static_cast<double>(panels[i].of.bins.size());
    for (std::size_t b = 0; b < panels[i].of.bins.size(); ++b) {
      const double y = lower.y(static_cast<double>(panels[i].of.bins[b].count));
      if (y < lower.y(0))
        canvas.rectangle(left + static_cast<double>(b) * wide + 0.75, y, wide - 1.5, lower.y(0) - y, kMuted);
    }
  }
  return canvas;
}

}  // namespace mueca
