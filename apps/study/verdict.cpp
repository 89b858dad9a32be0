#include "apps/study/verdict.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "apps/evaluation.h"
#include "apps/progress.h"
#include "apps/table.h"
#include "core/error.h"

namespace mueca {
namespace {

constexpr double kRounding = 0.0005;  // half of the tenth of a per cent that figures are published to
constexpr std::size_t kMostInAllPairs = 8;

std::string share(double value) { return percent(value, 1) + " %"; }

std::string ours_text(const Measured& m) {
  return str("ours ", share(m.mean), " (", percent(m.low, 1), " to ", percent(m.high, 1),
             m.seeds > 1 ? str(" over ", m.seeds, " seeds") : std::string(), ", n = ", grouped(m.n), ")");
}

std::string claimed_text(const StudyClaim& claim) {
  return claim.spread > 0 ? str(percent(claim.value, 1), " ± ", percent(claim.spread, 1), " %") : share(claim.value);
}

// Why a figure of ours cannot confirm or refute the claim, or empty.
std::string hindrance(const StudyClaim& claim, const ArmResult& arm, const Measured& ours) {
  const bool training = claim.measure == "training_accuracy";
  if (!claim.not_comparable.empty()) return claim.not_comparable;
  if (ours.seeds == 0) return "this study does not measure " + claim.measure;
  if (!arm.limit.empty())
    return str("the run saw a part of the data only (data.limit = ", arm.limit, "; n = ", grouped(ours.n), ")");
  if (training) return "";
  if (!claim.test_set.empty() && claim.test_set != arm.tested_on)
    return str("the claim is about ", claim.test_set, ", ours about ", arm.tested_on, " (n = ", grouped(ours.n), ")");
  if (!arm.test_note.empty()) return str(arm.test_note, " (n = ", grouped(ours.n), ")");
  if (arm.chosen_on == arm.tested_on)
    return str("the epoch was chosen on ", arm.tested_on, ", the very images that are scored (n = ", grouped(ours.n),
               ")");
  return "";
}

const ArmRun& first_common(const ArmResult& a, const ArmResult& b) {
  for (const ArmRun& run : a.runs)
    for (const ArmRun& other : b.runs)
      if (run.seed == other.seed) return run;
  return a.runs.front();
}

Comparison compare(const ArmResult& a, const ArmResult& b) {
  const ArmRun &run_a = first_common(a, b), &run_b = first_common(b, a);
  Comparison out{a.arm.name, b.arm.name, run_a.seed, run_b.seed, static_cast<std::int64_t>(run_a.rows.size()), {}, 1};
  out.test = mcnemar(run_a.labels, argmax_rows(run_a.probabilities), argmax_rows(run_b.probabilities));
  return out;
}

}  // namespace

std::string_view name_of(Verdict verdict) {
  return verdict == Verdict::reproduced       ? "reproduced"
         : verdict == Verdict::not_reproduced ? "not reproduced"
                                              : "not comparable";
}

void sum_up(ArmResult& arm) {
  check(!arm.runs.empty() && !arm.runs.front().sets.empty(), "study: ", arm.arm.name, " has no figures");
  const auto spread = [&](std::string_view subset, double SplitFigures::*figure) {
    std::vector<double> values;
    for (const ArmRun& run : arm.runs)
      for (const SplitFigures& set : run.sets)
        if (set.split == arm.tested_on + std::string(subset)) values.push_back(set.*figure);
    return spread_of(values);
  };
  arm.accuracy = spread("", &SplitFigures::accuracy);
  arm.macro_f1 = spread("", &SplitFigures::macro_f1);
  arm.calibration_error = spread("", &SplitFigures::calibration_error);
  arm.without_twins = spread(kNoTwins, &SplitFigures::accuracy);
  arm.faces = spread(kFacesOnly, &SplitFigures::accuracy);
  const std::int64_t n = arm.runs.front().sets.front().n;
  arm.test_interval = wilson_interval(std::llround(arm.accuracy.mean * static_cast<double>(n)), n);
  arm.matrix = ConfusionMatrix(static_cast<int>(arm.runs.front().probabilities.extent(1)));
  for (const ArmRun& run : arm.runs) {
    const std::vector<int> predicted = argmax_rows(run.probabilities);
    for (std::size_t i = 0; i < predicted.size(); ++i) arm.matrix.add(run.labels[i], predicted[i]);
  }
  arm.recall.clear();
  for (const ClassFigures& figures : per_class(arm.matrix)) arm.recall.push_back(figures.recall);
}

Measured measured_accuracy(const ArmResult& arm, const std::string& measure) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  const bool training = measure == "training_accuracy";
  std::vector<double> values;
  const SplitFigures* last = nullptr;
  for (const ArmRun& run : arm.runs) {
    const SplitFigures* figures = training ? (run.training ? &*run.training : nullptr) : &run.sets.front();
    if (!figures || (!training && measure != "accuracy")) continue;
    values.push_back(figures->accuracy);
    last = figures;
  }
  const Spread spread = spread_of(values);
  if (!last) return {none, none, none, 0, 0};
  if (spread.n == 1) return {last->accuracy, last->low, last->high, last->n, 1};
  return {spread.mean, std::max(0.0, spread.low), std::min(1.0, spread.high), last->n, spread.n};
}

ClaimResult judge(const StudyClaim& claim, const ArmResult& arm) {
  const Measured ours = measured_accuracy(arm, claim.measure);
  ClaimResult out{claim, arm.arm.name, ours.mean, ours.low, ours.high, Verdict::not_comparable, {}};
  out.why = hindrance(claim, arm, ours);
  if (!out.why.empty()) return out;
  const double tolerance = std::max(claim.spread, kRounding);
  const bool below = ours.high<claim.value - tolerance, above = ours.low> claim.value + tolerance;
  out.verdict = below || above ? Verdict::not_reproduced : Verdict::reproduced;
  const double gap = std::abs(ours.mean - claim.value);
  out.why = below || above ? str(ours_text(ours), ", ", percent(gap, 1), " points ", below ? "below" : "above",
                                 " the claimed ", claimed_text(claim))
                           : str(ours_text(ours), " agrees with the claimed ", claimed_text(claim));
  return out;
}

bool same_images(const ArmResult& a, const ArmResult& b) {
  return a.arm.data == b.arm.data && a.runs.front().rows == b.runs.front().rows;
}

std::vector<Comparison> compare_arms(std::span<const ArmResult> arms) {
  std::vector<Comparison> out;
  std::vector<bool> grouped_already(arms.size());
  for (std::size_t first = 0; first < arms.size(); ++first) {
    if (grouped_already[first]) continue;
    std::vector<const ArmResult*> group;
    for (std::size_t i = first; i < arms.size(); ++i)
      if (!grouped_already[i] && same_images(arms[first], arms[i]))
        group.push_back(&arms[i]), grouped_already[i] = true;
    const std::size_t leaders = group.size() > kMostInAllPairs ? 1 : group.size();
    for (std::size_t a = 0; a < leaders; ++a)
      for (std::size_t b = a + 1; b < group.size(); ++b) out.push_back(compare(*group[a], *group[b]));
  }
  std::vector<double> p;
  for (const Comparison& c : out) p.push_back(c.test.p_exact);
  const std::vector<double> corrected = holm(p);
  for (std::size_t i = 0; i < out.size(); ++i) out[i].p_holm = corrected[i];
  return out;
}

}  // namespace mueca
