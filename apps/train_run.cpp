#include "apps/train_run.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "apps/compute.h"
#include "apps/environment.h"
#include "apps/faces/predict.h"
#include "apps/figures/confusion.h"
#include "apps/figures/curves.h"
#include "apps/interrupt.h"
#include "apps/scores.h"
#include "apps/table.h"
#include "apps/terminal.h"
#include "nn/calibration.h"
#include "nn/checkpoint.h"

namespace fs = std::filesystem;

namespace mueca {
namespace {

constexpr int kEvaluationBatch = 128;

std::vector<AugmentView> center_view(const Pack& pack, const Model& model) {
  return views_of(model, {pack.height, pack.width}, EvaluationViews::center);
}

// What the user sees and the folder records while the trainer runs.
class Watcher {
 public:
  Watcher(const RunPlan& plan, RunDirectory& run, RunResults& results, bool quiet)
      : plan_(plan), run_(run), results_(results), display_(wants_live_bar(), quiet) {}

  void say(const std::string& line) {
    display_.line(line);
    run_.log(line);
  }

  void step(const StepReport& r) {
    if (r.batch == 0 || r.epoch != epoch_) {
      epoch_ = r.epoch;
      display_.begin(static_cast<int>(r.epoch) + 1, plan_.config.train.epochs, r.batches);
    }
    norm_sum_ += r.gradient_norm;
    ++steps_;
    display_.step(r.batch + 1, r.loss, r.images_per_second);
  }

  void epoch(const EpochReport& r) {
    EpochFigures f;
    const bool selects = !plan_.select_rows.empty();
    const double none = std::numeric_limits<double>::quiet_NaN();
    f.epoch = static_cast<int>(r.epoch) + 1, f.epochs = static_cast<int>(r.epochs);
    f.train_loss = r.loss, f.train_accuracy = r.accuracy;
    f.select_loss = selects ? r.validation.loss : none;
    f.select_accuracy = selects ? r.validation.accuracy : none;
    if (selects) f.best_accuracy = r.best, f.best_epoch = static_cast<int>(r.best_epoch) + 1;
    f.learning_rate = r.lr;
    f.gradient_norm = steps_ > 0 ? norm_sum_ / static_cast<double>(steps_) : 0;
    f.images_per_second = r.images_per_second, f.seconds = r.seconds;
    f.memory_gib = peak_memory_gib();
    norm_sum_ = 0, steps_ = 0;

    results_.epochs_done = f.epoch, results_.best_epoch = f.best_epoch;
    results_.seconds += r.seconds;
    results_.images_per_second = r.images_per_second;
    seconds_ += r.seconds;
    ++epochs_;
    say(epoch_line(f, seconds_ / epochs_ * (f.epochs - f.epoch)));
    run_.record(f);
  }

 private:
  const RunPlan& plan_;
  RunDirectory& run_;
  RunResults& results_;
  ProgressDisplay display_;
  std::int64_t epoch_ = -1, steps_ = 0;
  double norm_sum_ = 0, seconds_ = 0;
  int epochs_ = 0;  // of this sitting, for the time left
};

TrainOutcome::Status train(const RunPlan& plan, const Pack& pack, Model& model, RunDirectory& run, Watcher& watcher,
                           bool resume) {
  Loader loader = planned_loader(plan, pack, model);
  Trainer trainer(model, trainer_config(plan.config), run.path() / "checkpoints", pack.class_names);
  if (resume) {
    trainer.resume(run.checkpoint("last"));
    run.keep_epochs(static_cast<int>(trainer.progress().epoch));
    watcher.say(str("resumed after epoch ", trainer.progress().epoch, ", batch ", trainer.progress().batch));
  }
  Validation validation;
  if (!plan.select_rows.empty()) {
    validation.split = plan.config.data.select_on;
    validation.evaluate = [&](Model& m) {
      const Tensor logits = predict_logits(m, pack, plan.select_rows, center_view(pack, m), kEvaluationBatch);
      const SplitFigures f = score(pack, plan.select_rows, plan.config.data.select_on, logits);
      return ValidationFigures{f.loss, f.accuracy, f.macro_f1};
    };
  }
  Observer observer;
  observer.step = [&](const StepReport& report) { watcher.step(report); };
  observer.epoch = [&](const EpochReport& report) { watcher.epoch(report); };
  return trainer.run(batches_of(loader), validation, observer, &interrupt_requested()).status;
}

std::string run_title(const RunPlan& plan) {
  const RunConfig& c = plan.config;
  return str(c.run.name.empty() ? c.model.name : c.run.name, ", seed ", c.run.seed);
}

// The best checkpoint learns what its probabilities are worth from the split that chose it.
void calibrate_best(const RunPlan& plan, const Pack& pack, const RunDirectory& run) {
  const fs::path best = run.checkpoint("best");
  if (plan.select_rows.empty() || !fs::exists(best)) return;
  const auto model = load_model(best, compute_device());
  const Tensor logits = predict_logits(*model, pack, plan.select_rows, center_view(pack, *model), kEvaluationBatch,
                                       &interrupt_requested());
  save_calibration(best, best, fit_calibration(logits, labels_of(pack, plan.select_rows), plan.config.data.select_on));
}

// The best checkpoint, or without a selection the last one, on the splits that were kept for it.
void evaluate_best(const RunPlan& plan, const Pack& pack, const RunDirectory& run, RunResults& results) {
  const auto model = load_model(kept_checkpoint(run.path()), compute_device());
  const auto evaluate = [&](const std::vector<Index>& rows, const std::string& split) {
    const Tensor logits = calibrated(
        predict_logits(*model, pack, rows, center_view(pack, *model), kEvaluationBatch, &interrupt_requested()),
        model->calibration);
    run.write("predictions.csv", predictions_csv(pack, rows, logits));
    const ConfusionMatrix matrix = confusion_of(pack, rows, logits);
    run.write("plots/confusion.csv", csv_table(confusion_table(matrix, pack.class_names)));
    confusion_figure(matrix, pack.class_names, run_title(plan) + " on " + split).write(run.path() / "plots/confusion");
    return score(pack, rows, split, logits);
  };
  if (!plan.select_rows.empty()) results.select = evaluate(plan.select_rows, plan.config.data.select_on);
  if (!plan.test_rows.empty()) results.test = evaluate(plan.test_rows, plan.config.data.test_on);
  if (fs::exists(run.path() / "metrics.jsonl"))
    curves_figure(read_epochs(run.path() / "metrics.jsonl"), run_title(plan)).write(run.path() / "plots/curves");
}

RunResults first_results(const RunPlan& plan, const Pack& pack, const Model& model, const RunDirectory& run,
                         bool resume) {
  RunResults results;
  if (resume) {
    results = read_results(run.path() / "results.json");
    check(results.data_sha256.empty() || results.data_sha256 == pack.sha256, plan.config.data.pack,
          ": not the pack that this run was started with (its content differs)");
  }
  results.status = RunStatus::running;
  results.reason.clear();
  results.model = plan.config.model.name;
  results.parameters = model.parameters.value_count();
  results.trainable = model.parameters.trainable_count();
  results.data_sha256 = pack.sha256;
  const std::string& weights = plan.config.run.init_weights;
  if (!resume || weights.empty() || fs::exists(weights))
    results.identity = run_identity(plan.config, pack.sha256);
  else
    results.identity.clear();  // the weights that it began with are gone: no other run can be known to be the same
  return results;
}

}  // namespace

std::string figures_text(const SplitFigures& f) {
  return str(percent(f.accuracy, 2), " % (", percent(f.low, 1), " to ", percent(f.high, 1), ", n = ", f.n, ")");
}

RunResults train_run(const RunPlan& plan, const Pack& pack, RunDirectory& run, const RunOptions& options) {
  std::string note;
  RunPlan fresh = plan;
  if (options.resume) fresh.config.run.init_weights.clear();  // the checkpoint holds what became of them
  const auto model = planned_model(fresh, note);
  if (const int crop = plan.config.augment.crop; crop > 0)
    model->input.crop = static_cast<float>(crop) / static_cast<float>(std::min(pack.height, pack.width));
  RunResults results = first_results(plan, pack, *model, run, options.resume);
  run.write("env.json", environment_json(pack.sha256, pack.provenance));
  run.write_results(results);
  Watcher watcher(plan, run, results, options.quiet);
  const InterruptGuard guard;
  try {
    watcher.say("run " + run.path().string());
    if (!note.empty()) watcher.say(note);
    if (train(plan, pack, *model, run, watcher, options.resume) == TrainOutcome::Status::interrupted) {
      results.status = RunStatus::interrupted;
    } else {
      calibrate_best(plan, pack, run);
      evaluate_best(plan, pack, run, results);
      results.status = RunStatus::completed;
    }
  } catch (const std::exception& error) {
    results.status = interrupt_requested() ? RunStatus::interrupted : RunStatus::failed;
    results.reason = error.what();
    results.peak_memory_gib = peak_memory_gib();
    run.write_results(results);
    run.log(str(name_of(results.status), ": ", error.what()));
    if (results.status == RunStatus::failed) throw;
  }
  results.peak_memory_gib = peak_memory_gib();
  run.write_results(results);
  return results;
}

}  // namespace mueca
