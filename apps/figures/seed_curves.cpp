#include "apps/figures/seed_curves.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "apps/figures/axes.h"
#include "apps/figures/palette.h"
#include "core/error.h"

namespace mueca {
namespace {

constexpr double kLeft = 72, kWide = 360, kHigh = 300, kNames = 170, kBetween = 66;

// Of one arm and one figure, epoch by epoch, over the seeds that got so far.
struct Course {
  std::vector<double> epoch, mean, low, high;
};

Course course_of(const CurveArm& arm, double EpochFigures::*field, double factor) {
  int last = 0;
  for (const auto& seed : arm.seeds)
    for (const EpochFigures& e : seed) last = std::max(last, e.epoch);
  Course c;
  for (int epoch = 1; epoch <= last; ++epoch) {
    double sum = 0, low = std::numeric_limits<double>::infinity(), high = -low;
    int n = 0;
    for (const auto& seed : arm.seeds)
      for (const EpochFigures& e : seed)
        if (const double v = factor * e.*field; e.epoch == epoch && std::isfinite(v))
          sum += v, low = std::min(low, v), high = std::max(high, v), ++n;
    const double none = std::numeric_limits<double>::quiet_NaN();
    c.epoch.push_back(epoch), c.mean.push_back(n ? sum / n : none);
    c.low.push_back(n > 1 ? low : none), c.high.push_back(n > 1 ? high : none);
  }
  return c;
}

// Where a course ends: its last finite mean; false when it has none.
bool end_of(const Course& c, double& epoch, double& value) {
  for (std::size_t i = c.mean.size(); i-- > 0;)
    if (std::isfinite(c.mean[i])) return epoch = c.epoch[i], value = c.mean[i], true;
  return false;
}

struct Panel {
  const char* name;
  const char* unit;
  double EpochFigures::*train;
  double EpochFigures::*select;
  double factor;
};

void draw_panel(Canvas& canvas, double left, double top, const Panel& panel, std::span<const CurveArm> arms,
                int epochs) {
  std::vector<Course> train, select;
  std::vector<double> values;
  for (const CurveArm& arm : arms) {
    train.push_back(course_of(arm, panel.train, panel.factor));
    select.push_back(course_of(arm, panel.select, panel.factor));
    for (const Course* c : {&train.back(), &select.back()})
      for (const auto* column : {&c->mean, &c->low, &c->high})
        values.insert(values.end(), column->begin(), column->end());
  }
  const Axes axes({left, top, kWide, kHigh}, {1, static_cast<double>(epochs)}, round_scale(values, 6));
  axes.draw(canvas, {"epoch", 8, "", true, true}, {panel.name, 6, panel.unit});
  std::vector<double> wanted;
  std::vector<std::size_t> named;
  std::vector<CanvasPoint> ends;
  for (std::size_t a = 0; a < arms.size(); ++a) {
    const Color color = series_color(static_cast<int>(a));
    axes.band(canvas, select[a].epoch, select[a].low, select[a].high, color, 0.18);
    axes.curve(canvas, train[a].epoch, train[a].mean, {color, 1.2, true});
    axes.curve(canvas, select[a].epoch, select[a].mean, {color, 2});
    double epoch = 0, value = 0;
    if (!end_of(select[a], epoch, value) && !end_of(train[a], epoch, value)) continue;
    ends.push_back({axes.x(epoch), axes.y(value)});
    wanted.push_back(axes.y(value)), named.push_back(a);
  }
  const auto placed = spread_apart(wanted, 15, top + 6, top + kHigh - 4);
  for (std::size_t i = 0; i < named.size(); ++i) {
    const int a = static_cast<int>(named[i]);
    draw_marker(canvas, ends[i], 3.6, marker_of(a), series_color(a));
    const double x = left + kWide + 8;
    if (ends[i].x > left + kWide - 3) canvas.line({ends[i], {x + 6, placed[i]}}, {series_color(a), 1});
    draw_marker(canvas, {x + 10, placed[i]}, 3.6, marker_of(a), series_color(a));
    canvas.text(x + 18, placed[i] + 4, shortened(arms[named[i]].label, 11.5, kNames - 34),
                {11.5, readable(series_color(a))});
  }
}

}  // namespace

Canvas seed_curves_figure(std::span<const CurveArm> arms, const std::string& title, const std::string& facts) {
  int epochs = 0;
  std::size_t least = std::numeric_limits<std::size_t>::max(), most = 0;
  for (const CurveArm& arm : arms) {
    for (const auto& seed : arm.seeds)
      for (const EpochFigures& e : seed) epochs = std::max(epochs, e.epoch);
    least = std::min(least, arm.seeds.size()), most = std::max(most, arm.seeds.size());
  }
  check(epochs > 0, "learning curves: no epochs");
  const double width = kLeft + 2 * (kWide + kNames) + kBetween;
  std::string words = facts + (facts.empty() ? "" : "; ");
  words += most <= 1       ? "one seed each"
           : least == most ? str("mean over ", most, " seeds, band from the smallest to the largest")
                           : str("means over ", least, " to ", most, " seeds, bands from the smallest to the largest");
  words += "; the axes are cut to the data";
  const Heading heading(title, words, width);
  const Legend legend(
      {{"selection split", kInk, LegendEntry::Kind::line}, {"training", kInk, LegendEntry::Kind::dashed}}, width - 28);
  const double top = heading.height() + legend.height() + 10;
  Canvas canvas(width, top + kHigh + 52, title, str("Learning curves of ", arms.size(), " arms. ", words));
  heading.draw(canvas);
  legend.draw(canvas, 14, heading.height());
  draw_panel(canvas, kLeft, top, {"accuracy", " %", &EpochFigures::train_accuracy, &EpochFigures::select_accuracy, 100},
             arms, epochs);
  draw_panel(canvas, kLeft + kWide + kNames + kBetween, top,
             {"loss", "", &EpochFigures::train_loss, &EpochFigures::select_loss, 1}, arms, epochs);
  return canvas;
}

}  // namespace mueca
