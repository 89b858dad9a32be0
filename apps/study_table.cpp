#include "apps/study_table.h"

#include <algorithm>
#include <cmath>

#include "apps/progress.h"
#include "core/error.h"

namespace mueca {
namespace {

// 97.5 % points of Student's t for 1 to 30 degrees of freedom; beyond that the normal 1.96 is within 2 %.
constexpr double kStudent[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
                               2.201,  2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
                               2.080,  2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042};

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (double value : values) sum += value;
  return values.empty() ? std::nan("") : sum / static_cast<double>(values.size());
}

}  // namespace

MeanInterval mean_interval(std::span<const double> values) {
  check(values.size() >= 2, "mean interval: needs at least 2 values, got ", values.size());
  MeanInterval out;
  const auto n = static_cast<double>(values.size());
  for (double value : values) out.mean += value / n;
  for (double value : values) out.deviation += (value - out.mean) * (value - out.mean) / (n - 1);
  out.deviation = std::sqrt(out.deviation);
  const std::size_t freedom = values.size() - 1;
  const double t = freedom <= std::size(kStudent) ? kStudent[freedom - 1] : 1.96;
  out.low = out.mean - t * out.deviation / std::sqrt(n);
  out.high = out.mean + t * out.deviation / std::sqrt(n);
  return out;
}

Table study_table(const Study& study, const std::vector<StudyRun>& runs) {
  Table table;
  table.title = study.title;
  table.columns = {{"model", false},  {"parameters"}, {"trained"}, {"seeds"},  {"accuracy %"},
                   {"95 % interval"}, {"macro-F1 %"}, {"ECE %"},   {"epochs"}, {"time"}};
  bool over_images = false, over_seeds = false;
  for (const StudyArm& arm : study.arms) {
    std::vector<double> accuracy, f1, error, seconds;
    const StudyRun* last = nullptr;
    for (const StudyRun& run : runs) {
      if (run.arm != &arm || run.results.status != RunStatus::completed) continue;
      const auto& split = run.results.test ? run.results.test : run.results.select;
      if (!split) continue;
      accuracy.push_back(split->accuracy), f1.push_back(split->macro_f1), error.push_back(split->calibration_error);
      seconds.push_back(run.results.seconds);
      last = &run;
    }
    if (arm.supporting || !last) continue;
    std::string interval;
    if (accuracy.size() == 1) {
      const auto& split = last->results.test ? last->results.test : last->results.select;
      interval = percent(split->low, 1) + " to " + percent(split->high, 1);
      over_images = true;
    } else {
      const MeanInterval m = mean_interval(accuracy);
      interval = percent(m.low, 1) + " to " + percent(m.high, 1);
      over_seeds = true;
    }
    table.add({arm.label, grouped(last->results.parameters), grouped(last->results.trainable), str(accuracy.size()),
               percent(mean_of(accuracy), 1), interval, percent(mean_of(f1), 1), percent(mean_of(error), 1),
               str(last->results.epochs_done), clock_text(mean_of(seconds))});
  }
  const auto measured = std::find_if(runs.begin(), runs.end(), [](const StudyRun& run) {
    return !run.arm->supporting && (run.results.test || run.results.select);
  });
  if (measured != runs.end()) {
    const auto& r = measured->results;
    const SplitFigures& split = r.test ? *r.test : *r.select;
    table.notes.push_back(str("Figures on ", split.split, " (n = ", split.n, "); the epoch was chosen on ",
                              r.test && r.select ? r.select->split : "the same images", "."));
  }
  if (over_images)
    table.notes.push_back("Interval for one seed: Wilson's, over images; it leaves the luck of the seed out.");
  if (over_seeds) table.notes.push_back("Interval for several seeds: Student's t over seeds.");
  for (const StudyArm& arm : study.arms)
    if (!arm.note.empty()) table.notes.push_back(arm.label + ": " + arm.note);
  return table;
}

}  // namespace mueca
