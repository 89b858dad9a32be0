#include "nn/trainer.h"

#include <chrono>
#include <cmath>
#include <utility>

#include "core/autograd.h"
#include "core/files/atomic_file.h"
#include "core/ops.h"
#include "nn/clip.h"
#include "nn/metrics.h"

namespace mueca {
namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

void check_config(const TrainerConfig& c) {
  check(c.epochs >= 1, "training: epochs must be at least 1, got ", c.epochs);
  check(c.loss == "cross_entropy" || c.loss == "squared_hinge",
        "training: loss must be cross_entropy or squared_hinge, got ", c.loss);
  check(c.patience >= 0, "training: patience must not be negative, got ", c.patience);
  check(c.checkpoint_steps >= 0, "training: checkpoint_steps must not be negative, got ", c.checkpoint_steps);
  validate(c.schedule);
}

}  // namespace

Trainer::Trainer(Model& model, const TrainerConfig& config, std::filesystem::path folder,
                 std::vector<std::string> class_names)
    : model_(model), config_(config), folder_(std::move(folder)), optimizer_(config.optimizer, model.parameters) {
  check_config(config_);
  notes_.training = to_pairs(config_);
  notes_.class_names = std::move(class_names);
  if (config_.ema > 0) average_ = std::make_unique<WeightAverage>(model_.parameters, config_.ema);
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

StepReport Trainer::train_step(const BatchSource& source) {
  Progress& p = notes_.progress;
  const Batch batch = source.get(static_cast<std::uint32_t>(p.epoch), p.batch);
  const Context context{
      .training = true, .seed = config_.seed, .step = static_cast<std::uint32_t>(p.step), .memory = {}, .tap = {}};
  const Tensor logits = model_.forward(batch.x, context);
  const Tensor loss = config_.loss == "squared_hinge" ? squared_hinge(logits, batch.targets)
                                                      : softmax_cross_entropy(logits, batch.targets);
  StepReport report;
  report.epoch = p.epoch, report.batch = p.batch, report.batches = source.batches, report.step = p.step;
  report.loss = loss.item();
  const auto place = [&] { return str("epoch ", p.epoch + 1, ", batch ", p.batch + 1, " of ", source.batches); };
  check(std::isfinite(report.loss), "training: the loss is ", report.loss, " at ", place(),
        "; a lower learning rate or gradient clipping may help");
  backward(loss);
  const Tensor gradient = model_.parameters.gather_gradients();
  report.gradient_norm = clip_global_norm(gradient, config_.clip);
  check(std::isfinite(report.gradient_norm), "training: the gradient is not finite at ", place(),
        "; a lower learning rate may help");
  const double epoch =
      static_cast<double>(p.epoch) + static_cast<double>(p.batch) / static_cast<double>(source.batches);
  report.lr = learning_rate(config_.schedule, epoch, config_.epochs, p.plateau);
  optimizer_.step(report.lr, gradient);
  if (average_) average_->update();

  const auto predicted = argmax_rows(logits), wanted = argmax_rows(batch.targets);
  std::int64_t correct = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) correct += predicted[i] == wanted[i];
  const auto n = static_cast<std::int64_t>(predicted.size());
  report.accuracy = n ? static_cast<double>(correct) / static_cast<double>(n) : 0;
  p.loss_sum += report.loss * static_cast<double>(n);
  p.correct += correct, p.samples += n;
  ++p.batch, ++p.step;
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
    while (p.batch < source.batches) {
      if (interrupted()) {
        save("last.h5");
        return {Status::interrupted, p};
      }
      StepReport report = train_step(source);
      report.images_per_second = speed();
      lr = report.lr;
      if (observer.step) observer.step(report);
      const bool inside = p.batch < source.batches;
      if (inside && config_.checkpoint_steps > 0 && p.step % config_.checkpoint_steps == 0) save("last.h5");
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
