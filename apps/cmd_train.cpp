// mueca train: one network on one pack, into one run directory.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>

#include "apps/command.h"
#include "apps/compute.h"
#include "apps/run_config.h"
#include "apps/svm_run.h"
#include "apps/train_run.h"

namespace fs = std::filesystem;

namespace mueca {
namespace {

// Flags for the keys that are used most; --set reaches every other key of config.toml.
struct Flag {
  const char* flag;
  const char* key;
  const char* help;
};

constexpr Flag kFlags[] = {
    {"--data", "data.pack", "Pack to train on (made by 'mueca data import')"},
    {"--train-on", "data.train_on", "Split to train on (training)"},
    {"--select-on", "data.select_on", "Split that chooses the best epoch (public_test)"},
    {"--test-on", "data.test_on", "Split for the one test at the end (private_test, if there)"},
    {"--limit", "data.limit", "For trying out: so many rows of each split (500), or a share (0.1)"},
    {"--sampling", "data.sampling", "natural or balanced"},
    {"--model", "model.name",
     "baseline_cnn, se_cnn, se_resnet, vgg, mobilenet_v2, cnn_gru for clips, or hog_svm ([svm] says which)"},
    {"--size", "model.size", "Input size in pixels"},
    {"--freeze", "model.trainable", "What is trained: all, head, or block_N (from block N on)"},
    {"--epochs", "train.epochs", "Passes over the training split"},
    {"--batch", "train.batch", "Images per step"},
    {"--loss", "train.loss", "cross_entropy or squared_hinge"},
    {"--label-smoothing", "train.label_smoothing", "Share of each target spread over all classes"},
    {"--ema", "train.ema", "Decay of the weight average, e.g. 0.999; 0: none"},
    {"--clip", "train.clip", "Largest gradient norm; 0: any"},
    {"--patience", "train.patience", "Stop after so many epochs without improvement; 0: never"},
    {"--optimizer", "optimizer.kind", "sgd, adam, adamw"},
    {"--weight-decay", "optimizer.weight_decay", "On kernels only"},
    {"--lr", "schedule.lr", "Highest learning rate"},
    {"--schedule", "schedule.kind", "constant, step, cosine, one_cycle, plateau"},
    {"--warmup", "schedule.warmup", "Epochs of linear rise"},
    {"--augment", "augment.preset", "none, light, standard, strong"},
    {"--crop", "augment.crop", "Window of so many source pixels (44 of 48); 0: the whole image"},
    {"--mixup", "augment.mixup", "Alpha of mixup; 0: off"},
    {"--init-weights", "run.init_weights", "Keras HDF5 file to start from"},
    {"--seed", "run.seed", "Initial values, order, augmentation and dropout follow from it"},
    {"--threads", "run.threads", "0: all cores"},
    {"--out", "run.out", "Folder of all runs (runs)"},
    {"--study", "run.study", "Folder within it (single)"},
    {"--name", "run.name", "Folder within that (the model's name)"},
    {"--checkpoint-every", "run.checkpoint_steps", "Also save within an epoch, every so many steps"},
};

struct TrainFlags {
  std::string config, resume;
  std::vector<std::string> values = std::vector<std::string>(std::size(kFlags));
  std::vector<CLI::Option*> options;
  std::vector<std::string> settings;
  bool dry_run = false, quiet = false;
  ComputeFlags compute;
};

// "se=false" is about the model, "schedule.factor=0.2" names its section.
Assignment setting(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) throw UsageError("--set: expected key=value, got \"" + text + "\"");
  std::string key = text.substr(0, equals);
  if (key.find('.') == std::string::npos) key = "model." + key;
  return {key, text.substr(equals + 1), "--set " + text};
}

std::vector<Assignment> flag_assignments(const TrainFlags& flags) {
  std::vector<Assignment> out;
  for (std::size_t i = 0; i < std::size(kFlags); ++i)
    if (flags.options[i]->count() > 0) out.push_back({kFlags[i].key, flags.values[i], kFlags[i].flag});
  for (const auto& text : flags.settings) out.push_back(setting(text));
  return out;
}

// A wrong flag is a wrong command line; a wrong line of a file is not.
RunConfig resolve_with_flags(std::vector<Assignment> base, const TrainFlags& flags) {
  resolve_config(base);
  for (auto& assignment : flag_assignments(flags)) base.push_back(assignment);
  try {
    return resolve_config(base);
  } catch (const Error& error) {
    throw UsageError(error.what());
  }
}

// <run>, or <run>/checkpoints/last.h5
fs::path named_folder(const std::string& resume) {
  fs::path path = resume;
  if (path.extension() == ".h5") path = path.parent_path().parent_path();
  check(fs::is_directory(path), resume, ": no such run");
  return path;
}

// The run's own configuration, with flags over it: only those that cannot change what was computed so far.
RunConfig resumed_config(const RunDirectory& run, const TrainFlags& flags) {
  const RunConfig before = resolve_config(run.assignments());
  RunConfig after = resolve_with_flags(run.assignments(), flags);
  RunConfig same = after;
  same.train.epochs = before.train.epochs;
  if (config_identity(same) != config_identity(before))
    throw UsageError(
        "--resume: a resumed run keeps its configuration; only --epochs, --data, --threads, --device, --precision and "
        "--quiet may differ");
  check(fs::exists(run.checkpoint("last")), run.path().string(), ": nothing to resume: no checkpoint was written yet");
  return after;
}

int report(const RunResults& results, const RunDirectory& run) {
  if (results.status == RunStatus::interrupted) {
    std::cout << "stopped after epoch " << results.epochs_done << "; go on with\n  mueca train --resume "
              << run.path().string() << "\n";
    return kExitInterrupted;
  }
  if (results.best_epoch > 0) std::cout << "best epoch  " << results.best_epoch << "\n";
  if (results.select) std::cout << results.select->split << "  " << figures_text(*results.select) << "\n";
  if (results.test) std::cout << results.test->split << "  " << figures_text(*results.test) << "\n";
  std::cout << "run  " << run.path().string() << "\n";
  return kExitOk;
}

int train_svm(const RunPlan& plan, const Pack& pack, const TrainFlags& flags) {
  if (!flags.resume.empty()) throw UsageError("--resume: a support vector machine is trained in one go");
  if (flags.dry_run) {
    std::cout << config_text(plan.config);
    return kExitOk;
  }
  RunDirectory run = RunDirectory::create(plan.config, command_line());
  return report(train_svm_run(plan, pack, run), run);
}

int train(const TrainFlags& flags) {
  std::vector<Assignment> base;
  if (!flags.config.empty()) base = config_assignments(read_toml(flags.config), flags.config);
  const bool named = !flags.resume.empty() && flags.resume != "auto";
  if (named && !flags.config.empty())
    throw UsageError("--resume PATH: the run has its own configuration; leave --config out");
  fs::path folder = named ? named_folder(flags.resume) : fs::path();
  const RunConfig config = named ? resumed_config(RunDirectory::open(folder), flags) : resolve_with_flags(base, flags);
  if (config.data.pack.empty()) throw UsageError("--data: a pack is needed; 'mueca data import' makes one");

  if (config.model.name != kSvmModel) choose_compute(flags.compute);
  const Pack pack = load_pack(config.data.pack);
  const RunPlan plan = plan_run(config, pack);
  if (config.model.name == kSvmModel) return train_svm(plan, pack, flags);
  if (flags.resume == "auto") folder = newest_run(plan.config, run_identity(plan.config, pack.sha256), false);
  if (flags.dry_run) {
    std::cout << config_text(plan.config) << "\n" << describe_plan(plan, pack, true);
    return kExitOk;
  }
  if (!flags.quiet) std::cerr << describe_plan(plan, pack, false);
  RunDirectory run = folder.empty() ? RunDirectory::create(plan.config, command_line()) : RunDirectory::open(folder);
  if (!folder.empty()) run.write("config.toml", config_text(plan.config));
  return report(train_run(plan, pack, run, {!folder.empty(), flags.quiet}), run);
}

}  // namespace

Action declare_train(CLI::App& app) {
  auto flags = std::make_shared<TrainFlags>();
  app.add_option("--config", flags->config, "TOML file with any key of a run's config.toml; flags go over it");
  for (std::size_t i = 0; i < std::size(kFlags); ++i)
    flags->options.push_back(app.add_option(kFlags[i].flag, flags->values[i], kFlags[i].help)->take_last());
  app.add_option("--set", flags->settings, "key=value of the model (se=false), or section.key=value of any section")
      ->allow_extra_args(false);
  app.add_option("--resume", flags->resume, "Go on with a run's folder, or 'auto': the newest one like this");
  add_compute_flags(app, flags->compute);
  app.add_flag("--dry-run", flags->dry_run, "Print the resolved configuration and the plan, write nothing");
  app.add_flag("-q,--quiet", flags->quiet, "Errors and the result only");
  return [flags] { return train(*flags); };
}

}  // namespace mueca
