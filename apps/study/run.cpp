#include "apps/study/run.h"

#include <iostream>
#include <map>

#include "apps/command.h"
#include "apps/svm_run.h"
#include "apps/train_run.h"
#include "core/error.h"
#include "nn/checkpoint.h"
#include "nn/keras.h"

namespace fs = std::filesystem;

namespace mueca {
namespace {

// The trained weights of a run as Keras reads them, for the arms that start from it.
fs::path exported_weights(const fs::path& run) {
  const fs::path path = handed_on_weights(run);
  if (!fs::exists(path)) {
    const fs::path best = run / "checkpoints" / "best.h5";
    const auto model = load_model(fs::exists(best) ? best : run / "checkpoints" / "last.h5");
    save_keras_weights(*model, path, KerasLayout::keras3);
  }
  return path;
}

StudyRun run_arm(const StudyArm& arm, const RunConfig& config, const Pack& pack, const StudyOptions& options) {
  const RunPlan plan = plan_run(config, pack);
  const RunsThere there = runs_there(plan, pack);
  StudyRun out{&arm, config.run.seed, there.completed, {}};
  if (!out.folder.empty()) {
    out.results = read_results(out.folder / "results.json");
    if (!options.quiet) std::cerr << "already there: " << out.folder.string() << "\n";
    return out;
  }
  const fs::path& unfinished = there.unfinished;
  if (arm.kind == ArmKind::svm) {
    RunDirectory run = RunDirectory::create(plan.config, command_line());
    out.results = train_svm_run(plan, pack, run);
    out.folder = run.path();
    return out;
  }
  if (!options.quiet)
    std::cerr << "\n" << arm.label << ", seed " << config.run.seed << "\n" << describe_plan(plan, pack, false);
  RunDirectory run =
      unfinished.empty() ? RunDirectory::create(plan.config, command_line()) : RunDirectory::open(unfinished);
  out.results = train_run(plan, pack, run, {!unfinished.empty(), options.quiet});
  out.folder = run.path();
  return out;
}

}  // namespace

RunsThere runs_there(const RunPlan& plan, const Pack& pack) {
  const std::string identity = run_identity(plan.config, pack.sha256);
  return {identity, newest_run(plan.config, identity, true), newest_run(plan.config, identity, false)};
}

fs::path handed_on_weights(const fs::path& run) { return run / "checkpoints" / "best.weights.h5"; }

RunConfig arm_config(const Study& study, const StudyArm& arm, std::uint64_t seed, const StudyOptions& options) {
  std::vector<Assignment> all = study.recipe;
  all.insert(all.end(), arm.values.begin(), arm.values.end());
  RunConfig config = resolve_config(all);
  config.data.pack = data_path(study, data_of(study, arm), options).string();
  config.run.out = options.out;
  config.run.study = study.name;
  config.run.name = arm.name;
  config.run.threads = options.threads;
  config.run.seed = config.model.seed = seed;
  if (!arm.weights.empty()) config.run.init_weights = arm.weights;
  return config;
}

std::vector<StudyRun> run_study(const Study& study, const StudyOptions& options) {
  std::vector<StudyRun> runs;
  DataSets data(study, options, true);
  std::map<std::string, fs::path> weights;  // by arm: of its first seed
  for (const StudyArm& arm : study.arms) {
    if (!trains(arm.kind)) continue;
    for (std::uint64_t seed : arm.seeds) {
      RunConfig config = arm_config(study, arm, seed, options);
      if (!arm.start_from.empty()) config.run.init_weights = weights.at(arm.start_from).string();
      runs.push_back(run_arm(arm, config, data.of(arm), options));
      if (runs.back().results.status != RunStatus::completed) return runs;
      if (seed == arm.seeds.front() && arm.kind == ArmKind::network)
        weights[arm.name] = exported_weights(runs.back().folder);
    }
  }
  return runs;
}

}  // namespace mueca
