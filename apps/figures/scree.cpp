#include "apps/figures/scree.h"

#include <cmath>
#include <vector>

#include "apps/figures/axes.h"
#include "apps/figures/palette.h"
#include "apps/table.h"
#include "core/error.h"

namespace mueca {

Canvas scree_figure(std::span<const double> shares, const std::string& title, const std::string& facts) {
  check(!shares.empty(), "scree plot: no components");
  constexpr double kLeft = 76, kWidth = 540, kRight = 28;
  std::vector<double> numbers, each, sum;
  for (const double share : shares) {
    check(std::isfinite(share) && share >= 0 && share <= 1 + 1e-6, "scree plot: ", share,
          " is no share of the variance");
    numbers.push_back(static_cast<double>(numbers.size() + 1));
    each.push_back(100 * share);
    sum.push_back((sum.empty() ? 0 : sum.back()) + 100 * share);
  }
  const std::size_t n = each.size();
  const Heading heading(title, facts, kLeft + kWidth + kRight);
  const double top = heading.height(), below = top + 200 + 34;
  Canvas canvas(kLeft + kWidth + kRight, below + 200 + 52, title,
                str(n, " components explain ", fixed(sum.back(), 1), " % of the variance. ", facts));
  heading.draw(canvas);

  const Scale across{0.5, static_cast<double>(n) + 0.5};
  std::vector<double> with_zero = each;
  with_zero.push_back(0);
  const Axes upper({kLeft, top, kWidth, 200}, across, round_scale(with_zero));
  upper.draw(canvas, {"", 10, "", false, true}, {"share of the variance", 5, " %"});
  if (n <= 60) {
    const double wide = 0.7 * kWidth / static_cast<double>(n);
    for (std::size_t i = 0; i < n; ++i)
      canvas.rectangle(upper.x(numbers[i]) - wide / 2, upper.y(each[i]), wide, upper.y(0) - upper.y(each[i]), kBlue);
  } else {
    upper.curve(canvas, numbers, each, {kBlue, 2});
  }

  const Axes lower({kLeft, below, kWidth, 200}, across, {0, 100});
  lower.draw(canvas, {"number of components", 10, "", true, true}, {"together", 5, " %"});
  lower.curve(canvas, numbers, sum, {kBlue, 2});
  std::vector<Area> taken;
  for (const double wanted : {50.0, 80.0, 90.0, 95.0, 99.0}) {
    std::size_t first = 0;
    while (first < n && sum[first] < wanted) ++first;
    if (first == n) break;
    const CanvasPoint at{lower.x(numbers[first]), lower.y(sum[first])};
    const std::string words = str(first + 1, first ? " components: " : " component: ", fixed(wanted, 0), " %");
    const double wide = Canvas::text_width(words, 11) + 8;
    CanvasPoint place{at.x + wide / 2 + 6, at.y + 14};
    canvas.dot(at.x, at.y, 3.5, kVermillion);
    taken.push_back({at.x - 4, at.y - 4, 8, 8});
    if (!free_place(place, wide, 16, lower.area(), taken)) continue;
    canvas.text(place.x, place.y + 4, words, {11, kInk, Anchor::middle, false, false, true});
  }
  return canvas;
}

}  // namespace mueca
