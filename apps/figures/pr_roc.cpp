#include "apps/figures/pr_roc.h"

#include <algorithm>
#include <cmath>

#include "apps/figures/axes.h"
#include "apps/figures/palette.h"
#include "apps/table.h"
#include "core/error.h"
#include "nn/ranking.h"

namespace mueca {
namespace {

constexpr double kSide = 330, kLeft = 72, kBetween = 84, kLegend = 300;
constexpr double kEqualF1[] = {0.2, 0.4, 0.6, 0.8};
constexpr Color kPale = rgb(0xbbbbbb);

// Where precision and recall have this harmonic mean: F = 2 P R / (P + R).
void equal_f1(Canvas& canvas, const Axes& axes, double f1) {
  std::vector<double> recall, precision;
  for (double r = f1 / (2 - f1); r < 1.0001; r += 0.01) recall.push_back(r), precision.push_back(f1 * r / (2 * r - f1));
  axes.curve(canvas, recall, precision, {kPale, 0.8, true});
}

// The marker of a class on its curve, so that it is not told by colour alone.
void mark(Canvas& canvas, const Axes& axes, const std::vector<double>& xs, const std::vector<double>& ys, double at,
          const LegendEntry& entry) {
  const auto found = std::ranges::lower_bound(xs, at);
  if (found == xs.end()) return;
  const double y = ys[static_cast<std::size_t>(found - xs.begin())];
  draw_marker(canvas, {axes.x(*found), axes.y(y)}, 3.6, entry.marker, entry.color);
}

std::vector<double> from_origin(const std::vector<double>& values, double first) {
  std::vector<double> out{first};
  out.insert(out.end(), values.begin(), values.end());
  return out;
}

}  // namespace

Canvas pr_roc_figure(const Tensor& probabilities, std::span<const std::int32_t> labels,
                     const std::vector<std::string>& classes, const std::string& title, const std::string& facts) {
  const std::size_t k = classes.size();
  std::vector<Ranking> rankings;
  std::vector<LegendEntry> entries;
  double precision_sum = 0, area_sum = 0;
  int ranked = 0;
  for (std::size_t c = 0; c < k; ++c) {
    rankings.push_back(rank_class(probabilities, labels, static_cast<int>(c)));
    const Ranking& r = rankings.back();
    const double share = labels.empty() ? 0 : static_cast<double>(r.positives) / static_cast<double>(labels.size());
    const bool drawn = r.positives > 0 && r.negatives > 0;
    if (drawn) precision_sum += r.average_precision, area_sum += r.area, ++ranked;
    entries.push_back(
        {shortened(classes[c], 12, 110) + " (" + percent(share, 1) + " %): " +
             (drawn ? "AP " + fixed(r.average_precision, 3) + ", AUC " + fixed(r.area, 3) : "nothing to rank"),
         class_color(classes[c], static_cast<int>(c)), LegendEntry::Kind::marked_line, marker_of(static_cast<int>(c))});
  }
  const std::string means =
      ranked ? str("mean over classes: AP ", fixed(precision_sum / ranked, 3), ", AUC ", fixed(area_sum / ranked, 3))
             : std::string("no class can be ranked");
  const double width = kLeft + 2 * kSide + kBetween + 24 + kLegend + 14;
  const Heading heading(title, facts + (facts.empty() ? "" : "; ") + str("n = ", labels.size(), "; ", means), width);
  const Legend legend(entries, kLegend, true);
  const double top = heading.height() + 8, bottom = std::max(kSide + 52, legend.height() + 40);
  Canvas canvas(width, top + bottom, title, "Precision-recall and ROC curves, one class against the rest. " + means);
  heading.draw(canvas);

  const Axes pr({kLeft, top, kSide, kSide}, {0, 1}, {0, 1});
  pr.draw(canvas, {"recall"}, {"precision"});
  for (const double f1 : kEqualF1) equal_f1(canvas, pr, f1);
  const Axes roc({kLeft + kSide + kBetween, top, kSide, kSide}, {0, 1}, {0, 1});
  roc.draw(canvas, {"false positive rate"}, {"true positive rate"});
  canvas.line({{roc.x(0), roc.y(0)}, {roc.x(1), roc.y(1)}}, {kPale, 1.2, true});
  canvas.text(roc.x(0.66), roc.y(0.6) + 4, "chance", {11, kMuted, Anchor::start, false, false, true});
  for (std::size_t c = 0; c < k; ++c) {
    const Ranking& r = rankings[c];
    if (r.positives == 0 || r.negatives == 0) continue;
    const auto recall = from_origin(r.recall, 0), precision = from_origin(r.precision, r.precision.front());
    const auto rate = from_origin(r.false_positive_rate, 0);
    pr.curve(canvas, recall, precision, {entries[c].color, 1.6});
    roc.curve(canvas, rate, recall, {entries[c].color, 1.6});
    const double shift = 0.012 * static_cast<double>(c % 8);  // markers of neighbours do not hide each other
    for (const double at : {0.2, 0.5, 0.8}) mark(canvas, pr, recall, precision, at + shift, entries[c]);
    for (const double at : {0.06, 0.3, 0.65}) mark(canvas, roc, rate, recall, at + shift, entries[c]);
  }
  for (const double f1 : kEqualF1)
    canvas.text(pr.x(1) - 4, pr.y(f1 / (2 - f1)) - 4, str("F1 ", fixed(f1, 1)),
                {10, kMuted, Anchor::end, false, false, true});
  const double right = kLeft + 2 * kSide + kBetween + 24;
  canvas.text(right, top + 12, "class (share of the images)", {12, kMuted});
  legend.draw(canvas, right, top + 22);
  return canvas;
}

}  // namespace mueca
