#include "apps/figures/confusion.h"

#include <algorithm>
#include <numeric>

#include "apps/figures/layout.h"
#include "apps/figures/palette.h"
#include "apps/table.h"
#include "core/error.h"

namespace mueca {
namespace {

constexpr double kLongestName = 180;

std::string summary(const ConfusionMatrix& matrix, int seeds) {
  const std::string accuracy = "accuracy " + percent(matrix.accuracy(), 1) + " %";
  const std::string macro = "macro-F1 " + fixed(macro_f1(matrix), 3);
  if (seeds > 1) return str("n = ", matrix.total() / seeds, ", sum over ", seeds, " seeds; ", accuracy, "; ", macro);
  const Interval interval = wilson_interval(matrix.correct(), matrix.total());
  return str("n = ", matrix.total(), "; ", accuracy, " (95 % interval ", percent(interval.low, 1), " to ",
             percent(interval.high, 1), "); ", macro);
}

void color_bar(Canvas& canvas, double x, double y, double height) {
  constexpr int kSteps = 100;
  for (int i = 0; i < kSteps; ++i)
    canvas.rectangle(x, y + height * i / kSteps, 14, height / kSteps, blues(1 - (i + .5) / kSteps));
  canvas.frame(x, y, 14, height, {kGrid});
  for (const int tick : {0, 25, 50, 75, 100}) {
    const double at = y + height * (1 - tick / 100.0);
    canvas.line({{x + 14, at}, {x + 18, at}}, {kMuted});
    canvas.text(x + 22, at + 4, std::to_string(tick), {11, kMuted});
  }
  const std::string words = "% of the true class";
  const double middle = y + std::max(height, Canvas::text_width(words, 12)) / 2;  // a single class: not over the title
  canvas.text(x + 60, middle, words, {12, kInk, Anchor::middle, false, true});
}

}  // namespace

Canvas confusion_figure(const ConfusionMatrix& matrix, const std::vector<std::string>& classes,
                        const std::string& title, int seeds) {
  const int k = matrix.classes();
  check(static_cast<int>(classes.size()) == k, "confusion figure: ", k, " classes, but ", classes.size(), " names");
  double name_width = 0;
  std::vector<std::string> names;
  for (const std::string& name : classes) {
    names.push_back(shortened(name, 12, kLongestName));
    name_width = std::max(name_width, Canvas::text_width(names.back(), 12));
  }
  const double cell = std::clamp(440.0 / k, 30.0, 64.0), side = cell * k;
  const bool turned = name_width > cell - 4, counts = cell >= 44;
  const double left = 58 + std::max(name_width, 46.0), below = turned ? name_width + 12 : 22;
  const std::string facts = summary(matrix, seeds);
  const double right = std::max(left + side + 112, 28 + Canvas::text_width(facts, 12));
  const Heading heading(title, facts, right);
  const double top = heading.height() + 10;
  Canvas canvas(right, top + side + below + 38, title, "Confusion matrix, rows are true classes. " + facts);
  heading.draw(canvas);
  for (int row = 0; row < k; ++row) {
    std::int64_t total = 0;
    for (int column = 0; column < k; ++column) total += matrix(row, column);
    const double y = top + row * cell;
    canvas.text(left - 8, y + cell / 2 - (counts ? 2 : -4), names[static_cast<std::size_t>(row)],
                {12, kInk, Anchor::end});
    if (counts) canvas.text(left - 8, y + cell / 2 + 12, str("n = ", total), {10, kMuted, Anchor::end});
    for (int column = 0; column < k; ++column) {
      const double x = left + column * cell;
      const double share = total > 0 ? static_cast<double>(matrix(row, column)) / static_cast<double>(total) : 0;
      const Color color = blues(share);
      canvas.rectangle(x, y, cell, cell, color);
      const Color ink = luminance(color) > 0.3 ? kInk : rgb(0xffffff);
      const TextStyle large{cell >= 44 ? 13.0 : 10.0, ink, Anchor::middle, row == column};
      canvas.text(x + cell / 2, y + cell / 2 + (counts ? 1 : 4), total > 0 ? percent(share, 1) : "-", large);
      if (counts)
        canvas.text(x + cell / 2, y + cell / 2 + 16, std::to_string(matrix(row, column)), {10, ink, Anchor::middle});
    }
  }
  for (int i = 1; i < k; ++i) {
    canvas.line({{left, top + i * cell}, {left + side, top + i * cell}}, {rgb(0xffffff)});
    canvas.line({{left + i * cell, top}, {left + i * cell, top + side}}, {rgb(0xffffff)});
  }
  canvas.frame(left, top, side, side, {kMuted});
  for (int column = 0; column < k; ++column) {
    const double x = left + (column + .5) * cell;
    const std::string& name = names[static_cast<std::size_t>(column)];
    if (turned)
      canvas.text(x + 4, top + side + 8, name, {12, kInk, Anchor::end, false, true});
    else
      canvas.text(x, top + side + 18, name, {12, kInk, Anchor::middle});
  }
  canvas.text(left + side / 2, top + side + below + 22, "predicted", {13, kInk, Anchor::middle, true});
  canvas.text(24, top + side / 2, "true", {13, kInk, Anchor::middle, true, true});
  color_bar(canvas, left + side + 22, top, side);
  return canvas;
}

}  // namespace mueca
