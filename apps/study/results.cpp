#include "apps/study/results.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "apps/study/tables.h"
#include "apps/study/verdict.h"
#include "core/error.h"
#include "core/files/atomic_file.h"

namespace mueca {
namespace {

using nlohmann::ordered_json;

// JSON has no NaN: what was not measured is null.
ordered_json number(double value) { return std::isfinite(value) ? ordered_json(value) : ordered_json(); }

ordered_json json_of(const Spread& s) {
  const bool several = s.n > 1;
  return {{"seeds", s.n},
          {"mean", number(s.mean)},
          {"sd", number(s.deviation)},
          {"low", several ? number(s.low) : ordered_json()},
          {"high", several ? number(s.high) : ordered_json()}};
}

ordered_json json_of(const SplitFigures& f) {
  return {{"images", f.split},      {"n", f.n},
          {"accuracy", f.accuracy}, {"low", f.low},
          {"high", f.high},         {"macro_f1", f.macro_f1},
          {"loss", number(f.loss)}, {"calibration_error", number(f.calibration_error)}};
}

ordered_json json_of(const DataSummary& d) {
  ordered_json splits = ordered_json::object();
  for (std::size_t s = 0; s < d.splits.size(); ++s) {
    ordered_json counts = ordered_json::object();
    for (std::size_t k = 0; k < d.classes.size(); ++k) counts[d.classes[k]] = d.count[s][k];
    splits[d.splits[s]] = counts;
  }
  return {{"name", d.name}, {"sha256", d.sha256}, {"sources", d.sources}, {"splits", splits}};
}

// No folder: its name holds the time. The identity finds the run (its own results.json has it, too).
ordered_json json_of(const ArmRun& run) {
  ordered_json sets = ordered_json::array();
  for (const SplitFigures& set : run.sets) sets.push_back(json_of(set));
  ordered_json out = {{"seed", run.seed},
                      {"identity", run.run.identity},
                      {"model", run.run.model},
                      {"parameters", run.run.parameters},
                      {"trainable_parameters", run.run.trainable},
                      {"epochs_done", run.run.epochs_done},
                      {"best_epoch", run.run.best_epoch},
                      {"sets", sets}};
  if (run.training) out["training"] = json_of(*run.training);
  out["seconds"] = number(run.run.seconds);
  return out;
}

ordered_json json_of(const ArmResult& a, const std::vector<std::string>& classes) {
  ordered_json runs = ordered_json::array(), recall = ordered_json::object(), matrix = ordered_json::array();
  for (const ArmRun& run : a.runs) runs.push_back(json_of(run));
  for (std::size_t k = 0; k < a.recall.size(); ++k) recall[classes.at(k)] = a.recall[k];
  for (int truth = 0; truth < a.matrix.classes(); ++truth) {
    ordered_json row = ordered_json::array();
    for (int predicted = 0; predicted < a.matrix.classes(); ++predicted) row.push_back(a.matrix(truth, predicted));
    matrix.push_back(row);
  }
  return {{"name", a.arm.name},
          {"kind", name_of(a.arm.kind)},
          {"label", a.arm.label},
          {"note", a.arm.note},
          {"data", a.arm.data},
          {"members", a.arm.members},
          {"tested_on", a.tested_on},
          {"n", a.runs.front().rows.size()},
          {"chosen_on", a.chosen_on},
          {"views", a.views},
          {"limit", a.limit},
          {"test_note", a.test_note},
          {"accuracy", json_of(a.accuracy)},
          {"test_interval", {{"low", a.test_interval.low}, {"high", a.test_interval.high}}},
          {"macro_f1", json_of(a.macro_f1)},
          {"calibration_error", json_of(a.calibration_error)},
          {"without_twins", json_of(a.without_twins)},
          {"faces", json_of(a.faces)},
          {"recall", recall},
          {"matrix", matrix},
          {"runs", runs}};
}

ordered_json json_of(const ClaimResult& c) {
  return {{"arm", c.arm},
          {"measure", c.claim.measure},
          {"claimed", c.claim.value},
          {"spread", c.claim.spread},
          {"source", c.claim.source},
          {"protocol", c.claim.protocol},
          {"test_set", c.claim.test_set},
          {"measured", number(c.measured)},
          {"low", number(c.low)},
          {"high", number(c.high)},
          {"verdict", name_of(c.verdict)},
          {"why", c.why},
          {"made_of", c.made_of}};
}

ordered_json json_of(const Comparison& c) {
  return {{"a", c.a},
          {"b", c.b},
          {"seed_a", c.seed_a},
          {"seed_b", c.seed_b},
          {"n", c.n},
          {"only_a", c.test.only_a},
          {"only_b", c.test.only_b},
          {"p_exact", number(c.test.p_exact)},
          {"p_holm", number(c.p_holm)}};
}

ordered_json json_of(const BenchmarkResult& b) {
  ordered_json facts = ordered_json::object(), rows = ordered_json::array();
  for (const auto& [what, found] : b.facts) facts[what] = found;
  for (const BenchmarkRow& row : b.rows)
    rows.push_back({{"family", row.family},
                    {"pass", row.pass},
                    {"shape", row.shape},
                    {"algorithm", row.algorithm},
                    {"label", row.label},
                    {"microseconds", row.microseconds},
                    {"gflops", number(row.gflops())},
                    {"gigabytes_per_second", number(row.gigabytes_per_second())},
                    {"roof_share", number(row.roof_share)},
                    {"peer_microseconds", number(row.peer_microseconds)},
                    {"error", number(row.error)}});
  ordered_json out = {{"name", b.benchmark.name}, {"sha256", b.sha256}, {"made_by", b.benchmark.made_by},
                      {"facts", facts},           {"failed", b.failed}, {"kernels", rows}};
  const auto ceilings = [](const std::vector<BenchmarkCeiling>& all) {
    ordered_json values = ordered_json::object();
    for (const BenchmarkCeiling& ceiling : all) values[ceiling.name] = ceiling.value;
    return values;
  };
  out["ceilings"] = {{"gflops", ceilings(b.compute)}, {"gigabytes_per_second", ceilings(b.memory)}};
  return out;
}

template <class T>
ordered_json list_of(const std::vector<T>& items) {
  ordered_json out = ordered_json::array();
  for (const T& item : items) out.push_back(json_of(item));
  return out;
}

// A page that a browser shows as it is; the study's report has the tables, too.
std::string html_page(const Table& table) {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>" + html_text(table.title) +
         "</title>\n<style>.number { text-align: right }</style>\n" + html_table(table) + "</html>\n";
}

}  // namespace

std::string study_results_json(const StudyResults& r) {
  ordered_json arms = ordered_json::array();
  for (const ArmResult& arm : r.arms) {
    const auto data = std::find_if(r.data.begin(), r.data.end(), [&](const auto& d) { return d.name == arm.arm.data; });
    check(data != r.data.end(), "study: no data set ", arm.arm.data);
    arms.push_back(json_of(arm, data->classes));
  }
  const ordered_json j = {{"study", r.name},
                          {"title", r.title},
                          {"profile", r.profile},
                          {"data", list_of(r.data)},
                          {"arms", arms},
                          {"benchmarks", list_of(r.benchmarks)},
                          {"claims", list_of(r.claims)},
                          {"comparisons", list_of(r.comparisons)},
                          {"missing", r.missing}};
  return j.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

void write_results(const std::filesystem::path& study_folder, const StudyResults& results) {
  std::vector<std::pair<std::string, Table>> tables;
  if (!results.arms.empty())
    tables = {{"results", arms_table(results)},
              {"recall", recall_table(results)},
              {"claims", claims_table(results)},
              {"comparisons", comparisons_table(results)}};
  for (const BenchmarkResult& benchmark : results.benchmarks)
    tables.emplace_back("benchmark-" + benchmark.benchmark.name, benchmark_table(benchmark));
  for (const auto& [name, table] : tables) {
    const std::string stem = (study_folder / name).string();
    write_file_atomically(stem + ".md", markdown_table(table));
    write_file_atomically(stem + ".csv", csv_table(table));
    write_file_atomically(stem + ".tex", latex_table(table));
    write_file_atomically(stem + ".html", html_page(table));
  }
  write_file_atomically(study_folder / "results.json", study_results_json(results));
}

}  // namespace mueca
