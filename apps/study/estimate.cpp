#include "apps/study/estimate.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "apps/compute.h"
#include "apps/progress.h"
#include "apps/run_directory.h"
#include "core/error.h"
#include "core/files/atomic_file.h"
#include "nn/cost.h"
#include "nn/registry.h"

namespace fs = std::filesystem;

namespace mueca {
namespace {

constexpr Index kMeasuredSteps = 3;

// Two runs with the same one train at the same speed.
std::string speed_key(const RunConfig& c) {
  std::string key;
  for (const auto& [name, value] : to_pairs(c.model))
    if (name != "seed" && name != "classes") key += name + "=" + value + ";";
  return key + str("threads=", c.run.threads, ";batch=", c.train.batch);
}

// By its environment record; a run without one was made on the CPU.
bool made_on_this_device(const fs::path& run) {
  const fs::path record = run / "env.json";
  const std::string text = fs::exists(record) ? read_file(record, 1 << 20) : "\"device\": \"cpu\"";
  return text.find(str("\"device\": \"", name_of(compute_device()), '"')) != std::string::npos;
}

// Images per second of the newest run beside this one that would train at the same speed; 0: there is none.
double earlier_speed(const RunConfig& config) {
  fs::path newest;
  double speed = 0;
  std::error_code error;
  const fs::path folder = fs::path(config.run.out) / config.run.study / config.run.name;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const fs::path& path = at->path();
    if (path < newest || !fs::exists(path / "results.json") || !fs::exists(path / "config.toml")) continue;
    if (!made_on_this_device(path)) continue;
    const RunResults results = read_results(path / "results.json");
    if (!(results.images_per_second > 0)) continue;
    if (speed_key(resolve_config(RunDirectory::open(path).assignments())) != speed_key(config)) continue;
    newest = path;
    speed = results.images_per_second;
  }
  return speed;
}

// Images per second over a few training steps of a model that is thrown away.
double measured_speed(const RunPlan& plan, const Pack& pack) {
  std::string note;
  const auto model = planned_model(plan, note);
  Loader loader = planned_loader(plan, pack, *model);
  TrainerConfig config = trainer_config(plan.config);
  config.epochs = 1;
  Trainer trainer(*model, config);
  double rate = 0;
  Observer observer;
  observer.step = [&](const StepReport& report) { rate = report.images_per_second; };
  BatchSource source = batches_of(loader);
  source.batches = std::min(kMeasuredSteps, source.batches);
  trainer.run(source, {}, observer);
  return rate;
}

class Estimator {
 public:
  explicit Estimator(DataSets& data) : data_(data) {}

  RunCost cost(const PlannedRun& run) {
    const RunConfig& c = run.plan.config;
    RunCost cost;
    cost.images = static_cast<std::int64_t>(run.plan.train_rows.size());
    cost.epochs = c.train.epochs;
    cost.seconds = std::nan("");
    if (run.arm->kind == ArmKind::svm) {
      cost.epochs = 1;
      if (const double speed = earlier_speed(c); speed > 0) cost.seconds = static_cast<double>(cost.images) / speed;
      return cost;
    }
    std::string key;
    for (const auto& [name, value] : to_pairs(c.model)) key += name == "seed" ? "" : value + ";";
    auto& [parameters, operations] = models_[key];
    if (parameters == 0) {
      const auto model = make_model(c.model);
      parameters = model->parameters.value_count();
      operations = multiply_adds(*model);
    }
    cost.parameters = parameters, cost.multiply_adds = operations;
    cost.flop = training_flop(operations, cost.images * cost.epochs);
    if (run.is_done()) return cost;
    double speed = earlier_speed(c);
    if (!(speed > 0)) {
      cost.measured = true;
      auto& measured = speeds_[speed_key(c)];
      if (!(measured > 0)) measured = measured_speed(run.plan, data_.of(*run.arm));
      speed = measured;
    }
    // An evaluation costs a third of a training step: the forward pass alone.
    const auto looked_at = static_cast<double>(run.plan.select_rows.size()) * (cost.epochs + 2) +
                           static_cast<double>(run.plan.test_rows.size());
    cost.seconds = (static_cast<double>(cost.images) * cost.epochs + looked_at / 3) / speed;
    return cost;
  }

 private:
  DataSets& data_;
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> models_;  // parameters, multiply-adds
  std::map<std::string, double> speeds_;
};

std::string large_number(double value, const char* unit) {  // 1.2e12 -> "1.2 T"
  static constexpr const char* kPrefixes[] = {"", "k", "M", "G", "T", "P", "E"};
  int at = 0;
  for (; value >= 999.95 && at < 6; ++at) value /= 1000;
  return fixed(value, value < 9.995 ? 2 : 1) + " " + kPrefixes[at] + unit;
}

std::string state_of(const PlannedRun& run, const std::vector<PlannedRun>& plan) {
  if (run.is_done()) return "there";
  if (!run.there.unfinished.empty()) return "goes on";
  if (run.parent >= 0 && !plan[static_cast<std::size_t>(run.parent)].is_done())
    return "to run, after " + plan[static_cast<std::size_t>(run.parent)].arm->name;
  return "to run";
}

}  // namespace

std::vector<RunCost> estimate(const std::vector<PlannedRun>& plan, const StudyOptions& options, DataSets& data) {
  Estimator estimator(data);
  std::vector<RunCost> costs;
  for (const PlannedRun& run : plan) costs.push_back(in_shard(run, options) ? estimator.cost(run) : RunCost());
  return costs;
}

double total_seconds(const std::vector<PlannedRun>& plan, const std::vector<RunCost>& costs, int jobs) {
  std::vector<double> free(static_cast<std::size_t>(std::max(jobs, 1)), 0.0), end(plan.size(), 0.0);
  for (std::size_t i = 0; i < plan.size(); ++i) {
    if (plan[i].is_done() || !std::isfinite(costs[i].seconds)) continue;
    const auto worker = std::min_element(free.begin(), free.end());
    const double parent = plan[i].parent < 0 ? 0.0 : end[static_cast<std::size_t>(plan[i].parent)];
    *worker = end[i] = std::max(*worker, parent) + costs[i].seconds;
  }
  return *std::max_element(free.begin(), free.end());
}

Table plan_table(const std::vector<PlannedRun>& plan, const std::vector<RunCost>& costs, const StudyOptions& options) {
  Table table;
  table.columns = {{"arm", false}, {"seed"},          {"images"},       {"parameters"}, {"multiply-adds"},
                   {"epochs"},     {"training FLOP"}, {"state", false}, {"time"}};
  std::set<bool> bases;
  int open = 0;
  double flop = 0;
  bool unknown = false;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const PlannedRun& run = plan[i];
    const RunCost& c = costs[i];
    if (!in_shard(run, options)) continue;
    const bool network = c.multiply_adds > 0;
    table.add({run.arm->name, str(run.seed), grouped(c.images), network ? grouped(c.parameters) : "-",
               network ? large_number(static_cast<double>(c.multiply_adds), "") : "-", str(c.epochs),
               network ? large_number(c.flop, "FLOP") : "-", state_of(run, plan),
               run.is_done() ? "" : clock_text(c.seconds)});
    if (run.is_done()) continue;
    ++open;
    flop += c.flop;
    unknown = unknown || !std::isfinite(c.seconds);
    if (std::isfinite(c.seconds)) bases.insert(c.measured);
  }
  if (open == 0) {
    table.notes.push_back("All runs are there: nothing to train.");
    return table;
  }
  table.notes.push_back(str(open, open == 1 ? " run" : " runs", " to make, ", large_number(flop, "FLOP"), ", about ",
                            clock_text(total_seconds(plan, costs, options.jobs)), " with ", options.jobs,
                            options.jobs == 1 ? " job" : " jobs at once",
                            unknown ? ", those without a time aside." : "."));
  if (bases.contains(true))
    table.notes.push_back("Times are from three training steps of each network, made just now.");
  if (bases.contains(false))
    table.notes.push_back(
        str("Times ", bases.contains(true) ? "of arms that ran before " : "", "are from the speed of earlier runs."));
  return table;
}

}  // namespace mueca
