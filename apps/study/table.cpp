#include "apps/study/table.h"

#include <algorithm>
#include <cmath>

#include "apps/progress.h"
#include "apps/study/statistics.h"
#include "core/error.h"

namespace mueca {
namespace {

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (double value : values) sum += value;
  return values.empty() ? std::nan("") : sum / static_cast<double>(values.size());
}

}  // namespace

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
      const Spread m = spread_of(accuracy);
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
