#include "apps/study/run.h"

#include <iostream>
#include <map>

#include "apps/command.h"
#include "apps/train_run.h"
#include "core/error.h"
#include "nn/checkpoint.h"
#include "nn/fields.h"
#include "nn/keras.h"

namespace fs = std::filesystem;

namespace mueca {
namespace {

Pack open_data(const Study& study, const StudyData& data, const StudyOptions& options) {
  const fs::path path = data_path(study, data, options);
  if (!data.pack.empty() || fs::exists(path)) return load_pack(path);
  std::cerr << "drawing " << data.faces.training + data.faces.public_test + data.faces.private_test
            << " faces: " << path.string() << "\n";
  Pack pack = generate_faces(data.faces);
  save_pack(pack, path);
  return pack;
}

// The trained weights of a run as Keras reads them, for the arms that start from it.
fs::path exported_weights(const fs::path& run) {
  const fs::path path = run / "checkpoints" / "best.weights.h5";
  if (!fs::exists(path)) {
    const fs::path best = run / "checkpoints" / "best.h5";
    const auto model = load_model(fs::exists(best) ? best : run / "checkpoints" / "last.h5");
    save_keras_weights(*model, path, KerasLayout::keras3);
  }
  return path;
}

StudyRun run_arm(const StudyArm& arm, const RunConfig& config, const Pack& pack, const StudyOptions& options) {
  const RunPlan plan = plan_run(config, pack);
  const std::string identity = run_identity(plan.config, pack.sha256);
  StudyRun out{&arm, config.run.seed, newest_run(plan.config, identity, true), {}};
  if (!out.folder.empty()) {
    out.results = read_results(out.folder / "results.json");
    if (!options.quiet) std::cerr << "already there: " << out.folder.string() << "\n";
    return out;
  }
  const fs::path unfinished = newest_run(plan.config, identity, false);
  if (!options.quiet)
    std::cerr << "\n" << arm.label << ", seed " << config.run.seed << "\n" << describe_plan(plan, pack, false);
  RunDirectory run =
      unfinished.empty() ? RunDirectory::create(plan.config, command_line()) : RunDirectory::open(unfinished);
  out.results = train_run(plan, pack, run, {!unfinished.empty(), options.quiet});
  out.folder = run.path();
  return out;
}

}  // namespace

fs::path data_path(const Study& study, const StudyData& data, const StudyOptions& options) {
  if (!data.pack.empty()) return data.pack;
  const FacesConfig& f = data.faces;
  return fs::path(options.out) / study.name / "data" /
         str("faces-", f.training, "-", f.public_test, "-", f.private_test, "-", f.size, "px-s", f.seed, "-d",
             field_text(f.difficulty), ".h5");
}

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
  return config;
}

std::vector<StudyRun> run_study(const Study& study, const StudyOptions& options) {
  std::vector<StudyRun> runs;
  std::map<std::string, Pack> packs;
  std::map<std::string, fs::path> weights;  // by arm: of its first seed
  for (const StudyArm& arm : study.arms) {
    if (!packs.count(arm.data)) packs.emplace(arm.data, open_data(study, data_of(study, arm), options));
    for (std::uint64_t seed : arm.seeds) {
      RunConfig config = arm_config(study, arm, seed, options);
      if (!arm.start_from.empty()) config.run.init_weights = weights.at(arm.start_from).string();
      runs.push_back(run_arm(arm, config, packs.at(arm.data), options));
      if (runs.back().results.status != RunStatus::completed) return runs;
      if (seed == arm.seeds.front()) weights[arm.name] = exported_weights(runs.back().folder);
    }
  }
  return runs;
}

}  // namespace mueca
