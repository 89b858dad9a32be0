#include "nn/trainer.h"

#include <chrono>
#include <cmath>
#include <utility>

#include "core/files/atomic_file.h"

namespace mueca {
namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

const TrainerConfig& checked(const TrainerConfig& c) {
  check(c.epochs >= 1, "training: epochs must be at least 1, got ", c.epochs);
  check(c.patience >= 0, "training: patience must not be negative, got ", c.patience);
  check(c.checkpoint_steps >= 0, "training: checkpoint_steps must not be negative, got ", c.checkpoint_steps);
  validate(c.schedule);
  return c;
}

}  // namespace

Trainer::Trainer(Model& model, const TrainerConfig& config, std::filesystem::path folder,
                 std::vector<std::string> class_names)
    : model_(model),
      config_(checked(config)),
      folder_(std::move(folder)),
      optimizer_(config.optimizer, model.parameters),
      average_(config.ema > 0 ? std::make_unique<WeightAverage>(model.parameters, config.ema) : nullptr),
      step_(model, optimizer_, average_.get(), {config.loss, config.clip, config.seed}),
      ahead_(model.parameters.device() == Device::cuda ? 1 : 0) {
  notes_.training = to_pairs(config_);
  notes_.class_names = std::move(class_names);
}

void Trainer::resume(const std::filesystem::path& checkpoint) {
  auto notes = read_checkpoint_notes(checkpoint);
  for (const auto& [key, text] : to_pairs(config_)) {
    std::string there = "nothing";
    for (const auto& [other, value] : notes.training)
      if (other == key) there = value;
    check(there == text || key == "epochs", checkpoint.string(), ": was trained with ", key, " = ", there, ", now ",
          text, "; a run goes on as it began");
  }
  notes_.progress = load_checkpoint(checkpoint, model_, &optimizer_, average_.get()).progress;
}

void Trainer::save(const char* name) {
  if (!folder_.empty()) save_checkpoint(folder_ / name, model_, &optimizer_, average_.get(), notes_);
}

void Trainer::start_step(const BatchSource& source) {
  Progress& p = notes_.progress;
  const Index rows = source.draw(static_cast<std::uint32_t>(p.epoch), p.batch);
  StepReport report;
  report.epoch = p.epoch, report.batch = p.batch, report.batches = source.batches, report.step = p.step;
  const double epoch =
      static_cast<double>(p.epoch) + static_cast<double>(p.batch) / static_cast<double>(source.batches);
  report.lr = learning_rate(config_.schedule, epoch, config_.epochs, p.plateau);
  step_.start(source, rows, static_cast<std::uint32_t>(p.step), report.lr);
  started_.push_back({report, rows});
  ++p.batch, ++p.step;
}

StepReport Trainer::finish_step() {
  Progress& p = notes_.progress;
  auto [report, rows] = started_.front();
  const StepFigures figures = step_.figures();
  started_.pop_front();
  report.loss = figures.loss, report.gradient_norm = figures.gradient_norm;
  const auto place = [&, &r = report] {
    return str("epoch ", r.epoch + 1, ", batch ", r.batch + 1, " of ", r.batches);
  };
  check(std::isfinite(report.loss), "training: the loss is ", report.loss, " at ", place(),
        "; a lower learning rate or gradient clipping may help");
  check(std::isfinite(report.gradient_norm), "training: the gradient is not finite at ", place(),
        "; a lower learning rate may help");
  report.accuracy = rows ? static_cast<double>(figures.correct) / static_cast<double>(rows) : 0;
  p.loss_sum += report.loss * static_cast<double>(rows);
  p.correct += figures.correct, p.samples += rows;
  return report;
}

EpochReport Trainer::finish_epoch(const Validation& validation) {
  Progress& p = notes_.progress;
  EpochReport report;
  report.epoch = p.epoch, report.epochs = config_.epochs, report.step = p.step;
  if (p.samples > 0) {
    report.loss = p.loss_sum / static_cast<double>(p.samples);
    report.accuracy = static_cast<double>(p.correct) / static_cast<double>(p.samples);
  }
  if (validation.evaluate) {
    const AveragedWeights averaged(average_.get());
    report.validation = validation.evaluate(model_);
    const double figure = report.validation.accuracy;
    check(std::isfinite(figure), "training: the accuracy on ", validation.split, " is ", figure);
    observe(config_.schedule, p.plateau, static_cast<float>(figure));
    report.improved = figure > p.best;
    p.waited = report.improved ? 0 : p.waited + 1;
    if (report.improved) p.best = figure, p.best_epoch = p.epoch;
  }
  report.best = p.best, report.best_epoch = p.best_epoch;
  ++p.epoch;
  p.batch = p.correct = p.samples = 0, p.loss_sum = 0;
  return report;
}

TrainOutcome Trainer::run(const BatchSource& source, const Validation& validation, const Observer& observer,
                          const std::atomic<bool>* interrupt) {
  using Status = TrainOutcome::Status;
  check(source.batches >= 1, "training: an epoch needs at least one batch");
  Progress& p = notes_.progress;
  check(p.batch <= source.batches, "training: the checkpoint is at batch ", p.batch, " of an epoch that has ",
        source.batches, " now; the data or the batch size changed");
  const auto interrupted = [&] { return interrupt && interrupt->load(); };
  const auto out_of_patience = [&] { return config_.patience > 0 && p.waited >= config_.patience; };
  if (!folder_.empty()) remove_leftovers(folder_ / "last.h5"), remove_leftovers(folder_ / "best.h5");

  while (p.epoch < config_.epochs && !out_of_patience()) {
    const double start = now();
    const std::int64_t samples_before = p.samples;
    const auto speed = [&] { return static_cast<double>(p.samples - samples_before) / std::max(now() - start, 1e-9); };
    float lr = 0;
    // Reports the oldest steps until only so many are left. Nothing is saved before all were seen to be good.
    const auto finish_steps = [&](int left) {
      while (step_.unread() > left) {
        StepReport report = finish_step();
        report.images_per_second = speed();
        lr = report.lr;
        if (observer.step) observer.step(report);
      }
    };
    while (p.batch < source.batches) {
      if (interrupted()) {
        finish_steps(0);
        save("last.h5");
        return {Status::interrupted, p};
      }
      start_step(source);
      const bool inside = p.batch < source.batches;
      const bool saving = inside && config_.checkpoint_steps > 0 && p.step % config_.checkpoint_steps == 0;
      finish_steps(saving || !inside ? 0 : ahead_);
      if (saving) save("last.h5");
    }
    const double images_per_second = speed();
    EpochReport report = finish_epoch(validation);
    report.lr = lr, report.images_per_second = images_per_second, report.seconds = now() - start;
    if (report.improved) save("best.h5");
    save("last.h5");
    if (observer.epoch) observer.epoch(report);
  }
  if (p.epoch >= config_.epochs) return {Status::completed, p};
  return {Status::stopped_early, p};
}

}  // namespace mueca
