#include "apps/study/plan.h"

#include <algorithm>
#include <set>

#include "apps/run_directory.h"
#include "apps/study/reader.h"
#include "core/error.h"
#include "nn/checkpoint.h"
#include "nn/keras.h"

namespace fs = std::filesystem;

namespace mueca {
namespace {

int number_of(const std::vector<PlannedRun>& runs, const std::string& arm) {  // of its first seed
  for (std::size_t i = 0; i < runs.size(); ++i)
    if (runs[i].arm->name == arm) return static_cast<int>(i);
  return -1;
}

// Published weights that do not fit are found now, not after the arms before have run for hours.
void try_weights(const PlannedRun& run) {
  std::string note;
  if (!run.arm->weights.empty() && !run.is_done()) planned_model(run.plan, note);
}

}  // namespace

std::string PlannedRun::title() const { return str(arm->name, ", seed ", seed); }

RunsThere runs_there(const RunPlan& plan, const Pack& pack) {
  const std::string identity = run_identity(plan.config, pack.sha256);
  return {identity, newest_run(plan.config, identity, true), newest_run(plan.config, identity, false)};
}

RunConfig arm_config(const Study& study, const StudyArm& arm, std::uint64_t seed, const StudyOptions& options) {
  RunConfig config = resolve_config(all_values(study, arm));
  config.data.pack = data_path(study, data_of(study, arm), options).string();
  config.run.out = options.out;
  config.run.study = study.name;
  config.run.name = arm.name;
  config.run.threads = options.threads;
  config.run.seed = config.model.seed = seed;
  if (!arm.weights.empty()) config.run.init_weights = arm.weights;
  return config;
}

std::vector<PlannedRun> plan_study(const Study& study, const StudyOptions& options, DataSets& data) {
  std::vector<PlannedRun> runs;
  Complaints complaints(study.file);
  int chains = 0;
  for (const StudyArm& arm : study.arms) {
    if (!trains(arm.kind)) {
      complaints.guard(arm.line, [&] { data.of(arm); });
      continue;
    }
    for (const std::uint64_t seed : arm.seeds) {
      PlannedRun run;
      run.arm = &arm;
      run.seed = seed;
      run.parent = arm.start_from.empty() ? -1 : number_of(runs, arm.start_from);
      run.chain = run.parent < 0 ? chains++ : runs[static_cast<std::size_t>(run.parent)].chain;
      const bool fits = complaints.guard(arm.line, [&] {
        try {
          run.plan = plan_run(arm_config(study, arm, seed, options), data.of(arm));
        } catch (const Error& error) {
          const std::string what = error.what();  // a data set's complaint names its own line
          throw Error(what.starts_with(study.file + ":") ? what : "arm " + arm.name + ": " + what);
        }
      });
      if (!fits) break;  // its other seeds would say the same
      runs.push_back(std::move(run));
      complaints.guard(arm.line, [&] {
        look_again(runs, runs.size() - 1, data);
        if (seed != arm.seeds.front()) return;
        try {
          try_weights(runs.back());
        } catch (const Error& error) {
          throw Error("arm " + arm.name + ": " + error.what());
        }
      });
    }
  }
  complaints.throw_if_any();
  return runs;
}

void look_again(std::vector<PlannedRun>& runs, std::size_t i, DataSets& data) {
  PlannedRun& run = runs[i];
  if (run.parent >= 0) {
    const fs::path& parent = runs[static_cast<std::size_t>(run.parent)].there.completed;
    if (parent.empty() || !fs::exists(handed_on_weights(parent))) {
      run.there = {};
      return;
    }
    run.plan.config.run.init_weights = handed_on_weights(parent).string();
  }
  run.there = runs_there(run.plan, data.of(*run.arm));
}

bool in_shard(const PlannedRun& run, const StudyOptions& options) {
  return run.chain % options.shards == options.shard - 1;
}

fs::path handed_on_weights(const fs::path& run) { return run / "checkpoints" / "best.weights.h5"; }

void hand_on_weights(const fs::path& run) {
  const fs::path path = handed_on_weights(run);
  if (fs::exists(path)) return;
  const auto model = load_model(kept_checkpoint(run));
  save_keras_weights(*model, path, KerasLayout::keras3);
}

}  // namespace mueca
