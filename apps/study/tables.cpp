#include "apps/study/tables.h"

#include <algorithm>
#include <cmath>

#include "apps/progress.h"
#include "apps/study/verdict.h"
#include "core/error.h"

namespace mueca {
namespace {

std::string label_of(const StudyResults& results, const std::string& arm) {
  for (const ArmResult& other : results.arms)
    if (other.arm.name == arm) return other.arm.label;
  return arm;
}

std::string interval_text(double low, double high) { return percent(low, 1) + " to " + percent(high, 1); }

// "69.7 ± 0.3", for one seed "69.7".
std::string spread_text(const Spread& spread) {
  const std::string mean = percent(spread.mean, 1);
  return std::isfinite(spread.deviation) ? mean + " ± " + percent(spread.deviation, 1) : mean;
}

std::string tested_on(const StudyResults& results, const ArmResult& arm) {
  const std::string split = str(arm.tested_on, ", ", grouped(static_cast<std::int64_t>(arm.runs.front().rows.size())));
  return results.data.size() > 1 ? arm.arm.data + ", " + split : split;
}

bool is_best(const StudyResults& results, const ArmResult& arm) {
  const Measured own = measured_accuracy(arm);
  bool alone = true;
  for (const ArmResult& other : results.arms) {
    if (&other == &arm || !same_images(other, arm)) continue;
    alone = false;
    if (measured_accuracy(other).high >= own.low) return false;
  }
  return !alone;
}

void add_notes(const StudyResults& results, Table& table) {
  const auto any = [&](auto property) { return std::ranges::any_of(results.arms, property); };
  if (any([](const ArmResult& arm) { return arm.accuracy.n > 1; }))
    table.notes.push_back(
        "Accuracy: mean ± standard deviation over seeds; over seeds: Student's 95 % interval of the mean.");
  table.notes.push_back("Over images: Wilson's 95 % interval at the mean; it leaves the luck of the seed out.");
  for (const ArmResult& arm : results.arms)
    if (!arm.limit.empty())
      table.notes.push_back(
          str(arm.arm.label, ": data.limit = ", arm.limit, ", a part of each split, tests included."));
  std::vector<std::string> said;
  for (const ArmResult& arm : results.arms)
    if (!arm.test_note.empty() && std::ranges::find(said, arm.test_note) == said.end()) {
      said.push_back(arm.test_note);
      table.notes.push_back(arm.tested_on + ": " + arm.test_note + ".");
    }
  for (const ArmResult& arm : results.arms)
    if (!arm.arm.note.empty()) table.notes.push_back(arm.arm.label + ": " + arm.arm.note);
  for (const std::string& missing : results.missing) table.notes.push_back("Missing: " + missing);
}

}  // namespace

Table arms_table(const StudyResults& results) {
  Table table{results.title,
              {{"model", false},
               {"parameters"},
               {"seeds"},
               {"epoch chosen on", false},
               {"tested on", false},
               {"views", false},
               {"accuracy %"},
               {"over seeds"},
               {"over images"},
               {"macro-F1 %"},
               {"ECE %"},
               {"without twins %"},
               {"faces only %"}},
              {},
              {}};
  constexpr std::size_t kAccuracy = 6;
  for (const ArmResult& arm : results.arms) {
    if (is_best(results, arm)) table.bold.insert({table.rows.size(), kAccuracy});
    const Spread& a = arm.accuracy;
    const Measured m = measured_accuracy(arm);
    const std::int64_t parameters = arm.runs.front().run.parameters;
    table.add({arm.arm.label, parameters > 0 ? grouped(parameters) : "-", str(a.n), arm.chosen_on,
               tested_on(results, arm), arm.views, spread_text(a), a.n > 1 ? interval_text(m.low, m.high) : "-",
               interval_text(arm.test_interval.low, arm.test_interval.high), spread_text(arm.macro_f1),
               spread_text(arm.calibration_error), spread_text(arm.without_twins), spread_text(arm.faces)});
  }
  drop_empty_columns(table);
  add_notes(results, table);
  return table;
}

Table recall_table(const StudyResults& results) {
  Table table{"Recall of each class, %", {{"model", false}, {"tested on", false}}, {}, {}};
  std::vector<std::string> classes;
  for (const DataSummary& data : results.data)
    for (const std::string& name : data.classes)
      if (std::ranges::find(classes, name) == classes.end()) classes.push_back(name);
  for (const std::string& name : classes) table.columns.push_back({name});
  for (const ArmResult& arm : results.arms) {
    const auto data = std::ranges::find(results.data, arm.arm.data, &DataSummary::name);
    check(data != results.data.end(), "study: no data set ", arm.arm.data);
    std::vector<std::string> cells{arm.arm.label, tested_on(results, arm)};
    for (const std::string& name : classes) {
      const auto at = static_cast<std::size_t>(std::ranges::find(data->classes, name) - data->classes.begin());
      cells.push_back(at < arm.recall.size() ? percent(arm.recall[at], 1) : "-");
    }
    table.add(std::move(cells));
  }
  table.notes.push_back("Share of the images of a class that are called so; means over seeds.");
  return table;
}

Table claims_table(const StudyResults& results) {
  Table table{"Published figures beside ours",
              {{"model", false},
               {"claimed %"},
               {"of", false},
               {"source", false},
               {"protocol", false},
               {"ours %"},
               {"95 % interval"},
               {"verdict", false},
               {"why", false}},
              {},
              {}};
  for (const ClaimResult& c : results.claims) {
    const StudyClaim& claim = c.claim;
    table.add({label_of(results, c.arm),
               claim.spread > 0 ? percent(claim.value, 1) + " ± " + percent(claim.spread, 1) : percent(claim.value, 1),
               claim.measure == "training_accuracy" ? "training accuracy" : claim.measure, claim.source, claim.protocol,
               percent(c.measured, 1), std::isfinite(c.measured) ? interval_text(c.low, c.high) : "-",
               std::string(name_of(c.verdict)), c.why});
  }
  if (table.rows.empty()) table.notes.push_back("No published figures to answer.");
  return table;
}

Table comparisons_table(const StudyResults& results) {
  Table table{"McNemar's test of pairs of models on the same images",
              {{"A", false},
               {"B", false},
               {"n"},
               {"only A right"},
               {"only B right"},
               {"discordant"},
               {"exact p"},
               {"Holm's p"}},
              {},
              {}};
  const auto p_text = [](double p) { return p < 0.001 ? std::string("< 0.001") : fixed(p, 3); };
  bool other_seeds = false;
  for (const Comparison& c : results.comparisons) {
    table.add({label_of(results, c.a), label_of(results, c.b), grouped(c.n), grouped(c.test.only_a),
               grouped(c.test.only_b), grouped(c.test.only_a + c.test.only_b), p_text(c.test.p_exact),
               p_text(c.p_holm)});
    other_seeds |= c.seed_a != c.seed_b;
  }
  if (table.rows.empty()) {
    table.notes.push_back("No two models answer for the same images.");
    return table;
  }
  table.notes.push_back(str("One run of each model, the first seed that both have",
                            other_seeds ? " or else the first of each" : "",
                            "; two-sided binomial test of the discordant images."));
  table.notes.push_back(str("Holm's p: corrected for these ", table.rows.size(), " comparisons."));
  return table;
}

}  // namespace mueca
