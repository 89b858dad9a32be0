#include "apps/figures/curves.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "apps/figures/axes.h"
#include "apps/figures/palette.h"
#include "apps/table.h"
#include "core/error.h"
#include "core/files/atomic_file.h"

namespace mueca {
namespace {

constexpr double kLeft = 72, kWidth = 540;

std::vector<double> column(std::span<const EpochFigures> epochs, double EpochFigures::*field, double factor = 1) {
  std::vector<double> values;
  for (const EpochFigures& e : epochs) values.push_back(factor * e.*field);
  return values;
}

std::vector<double> joined(std::vector<double> a, const std::vector<double>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

void legend(Canvas& canvas, double y, bool selects) {
  double x = kLeft;
  const auto entry = [&](const char* words, bool dashed) {
    canvas.line({{x, y - 4}, {x + 28, y - 4}}, {kBlue, 2, dashed});
    canvas.text(x + 34, y, words, {12});
    x += 52 + Canvas::text_width(words, 12);
  };
  entry("training", true);
  if (!selects) return;
  entry("selection split", false);
  canvas.dot(x + 6, y - 4, 4, kVermillion);
  canvas.text(x + 16, y, "best epoch", {12});
}

}  // namespace

Canvas curves_figure(std::span<const EpochFigures> epochs, const std::string& title) {
  check(!epochs.empty(), "learning curves: no epochs");
  const EpochFigures& last = epochs.back();
  const bool selects = std::isfinite(last.select_accuracy);
  std::vector<double> xs;
  for (const EpochFigures& e : epochs) xs.push_back(e.epoch);
  const auto train_accuracy = column(epochs, &EpochFigures::train_accuracy, 100);
  const auto select_accuracy = column(epochs, &EpochFigures::select_accuracy, 100);
  const double floor = round_scale(joined(train_accuracy, select_accuracy)).low;
  const std::string best =
      (selects ? str("best ", percent(last.best_accuracy, 1), " % in epoch ", last.best_epoch) : "no selection split") +
      (floor > 0 ? str("; the accuracy axis starts at ", floor, " %") : "");
  Canvas canvas(640, 668, title, str("Learning curves over ", epochs.size(), " epochs; ", best, "."));
  canvas.text(14, 28, title, {15, kInk, Anchor::start, true});
  canvas.text(14, 50, best, {12, kMuted});
  legend(canvas, 76, selects);

  const auto panel = [&](double top, const char* name, const std::vector<double>& train,
                         const std::vector<double>& select, double best_value, const char* unit) {
    const Axes axes({kLeft, top, kWidth, 200}, {xs.front(), xs.back()}, round_scale(joined(train, select)));
    axes.draw(canvas, {"", 10, "", false, true}, {name, 5, unit});
    axes.curve(canvas, xs, train, {kBlue, 1.8, true});
    axes.curve(canvas, xs, select, {kBlue, 1.8});
    if (selects && std::isfinite(best_value)) {
      canvas.line({{axes.x(last.best_epoch), top}, {axes.x(last.best_epoch), top + 200}}, {kVermillion, 1, true});
      canvas.dot(axes.x(last.best_epoch), axes.y(best_value), 4, kVermillion);
    }
  };
  double best_loss = std::numeric_limits<double>::quiet_NaN();
  for (const EpochFigures& e : epochs)
    if (e.epoch == last.best_epoch) best_loss = e.select_loss;
  panel(92, "loss", column(epochs, &EpochFigures::train_loss), column(epochs, &EpochFigures::select_loss), best_loss,
        "");
  panel(310, "accuracy", train_accuracy, select_accuracy, 100 * last.best_accuracy, " %");

  const auto rate = column(epochs, &EpochFigures::learning_rate);
  double low = std::numeric_limits<double>::infinity(), high = 0;
  for (const double r : rate)
    if (r > 0 && std::isfinite(r)) low = std::min(low, r), high = std::max(high, r);
  if (high <= 0) low = high = 1;
  low = std::max(low, 1e-3 * high);  // the end of a cosine would leave no room for the rest
  const Axes axes({kLeft, 528, kWidth, 86}, {xs.front(), xs.back()}, {low, high, true});
  axes.draw(canvas, {"epoch", 10, "", true, true}, {"learning rate", 2});
  axes.curve(canvas, xs, rate, {kMuted, 1.5});
  return canvas;
}

std::vector<EpochFigures> read_epochs(const std::filesystem::path& path) {
  std::istringstream lines(read_file(path, std::size_t{64} << 20));
  std::vector<EpochFigures> epochs;
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    check(json.is_object() && json.contains("epoch") && json["epoch"].is_number_integer(), path.string(), ": line ",
          number, " is not the record of an epoch");
    const auto value = [&](const char* name) {  // what was not a number was written as null
      const auto at = json.find(name);
      return at != json.end() && at->is_number() ? at->get<double>() : std::numeric_limits<double>::quiet_NaN();
    };
    EpochFigures e;
    e.epoch = json["epoch"].get<int>();
    e.train_loss = value("train_loss"), e.train_accuracy = value("train_accuracy");
    e.select_loss = value("select_loss"), e.select_accuracy = value("select_accuracy");
    e.best_accuracy = value("best_accuracy");
    const double best = value("best_epoch");
    e.best_epoch = best >= 0 && best < 1e9 ? static_cast<int>(best) : 0;
    e.learning_rate = value("learning_rate");
    epochs.push_back(e);
  }
  return epochs;
}

}  // namespace mueca
