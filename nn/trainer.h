// The training loop: batches in, checkpoints out, every step shown to an observer.
#pragma once
#include <atomic>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nn/checkpoint.h"
#include "nn/ema.h"
#include "nn/model.h"
#include "nn/optimizer.h"
#include "nn/schedule.h"
#include "nn/step.h"

namespace mueca {

struct TrainerConfig {
  int epochs = 30;
  std::uint64_t seed = 1;              // of dropout
  std::string loss = "cross_entropy";  // or squared_hinge; label smoothing is in the targets
  float ema = 0;                       // decay of the weight average; 0: none
  float clip = 0;                      // largest gradient norm; 0: any
  int patience = 0;                    // stop after so many epochs without a better figure; 0: never
  int checkpoint_steps = 0;            // write the last checkpoint within an epoch too, every so many steps
  OptimizerConfig optimizer;
  ScheduleConfig schedule;
};

template <class F>
void visit_fields(TrainerConfig& c, F&& f) {
  f("epochs", c.epochs), f("seed", c.seed), f("loss", c.loss), f("ema", c.ema), f("clip", c.clip);
  f("patience", c.patience), f("checkpoint_steps", c.checkpoint_steps);
  visit_fields(c.optimizer, [&](std::string_view key, auto& value) { f("optimizer." + std::string(key), value); });
  visit_fields(c.schedule, [&](std::string_view key, auto& value) { f("schedule." + std::string(key), value); });
}

// Figures on the split that chooses the best checkpoint; called with the averaged weights in place if there are any.
struct ValidationFigures {
  double loss = 0, accuracy = 0, macro_f1 = 0;  // accuracy chooses
};
struct Validation {
  std::string split;  // its name, for reports
  std::function<ValidationFigures(Model&)> evaluate;
};

struct StepReport {
  std::int64_t epoch = 0, batch = 0, batches = 0, step = 0;  // epoch and batch count from 0
  double loss = 0, accuracy = 0;                             // of this batch
  float lr = 0, gradient_norm = 0;                           // norm before clipping
  double images_per_second = 0;                              // since the epoch began
};

struct EpochReport {
  std::int64_t epoch = 0, epochs = 0, step = 0;  // epoch counts from 0
  double loss = 0, accuracy = 0;                 // means over the epoch's batches, in training mode
  ValidationFigures validation;                  // zero without a validation
  bool improved = false;
  double best = -1;
  std::int64_t best_epoch = -1;
  float lr = 0;  // at the epoch's last step
  double images_per_second = 0, seconds = 0;
};

struct Observer {
  std::function<void(const StepReport&)> step;    // may be empty
  std::function<void(const EpochReport&)> epoch;  // may be empty
};

struct TrainOutcome {
  enum class Status { completed, stopped_early, interrupted } status = Status::completed;
  Progress progress;
};

class Trainer {
 public:
  // Writes folder/last.h5 after each epoch and folder/best.h5 after a better one; an empty folder writes nothing.
  // The model must outlive the trainer.
  Trainer(Model& model, const TrainerConfig& config, std::filesystem::path folder = {},
          std::vector<std::string> class_names = {});

  // Goes on from a checkpoint; throws Error when its configuration differs in more than the number of epochs.
  void resume(const std::filesystem::path& checkpoint);

  // Runs to the end of the configured epochs. When *interrupt becomes true (a signal handler may set it), the steps
  // that were started are finished, the last checkpoint is written and `interrupted` is returned. Throws Error when the
  // loss or a gradient is not finite; the last checkpoint is then the last good one.
  TrainOutcome run(const BatchSource& source, const Validation& validation = {}, const Observer& observer = {},
                   const std::atomic<bool>* interrupt = nullptr);

  const Progress& progress() const { return notes_.progress; }

  // How many steps may have been started after the one that is being reported. One on a GPU, so that it never waits for
  // the host; none elsewhere. The numbers are the same.
  void look_ahead(int steps) { ahead_ = steps; }

 private:
  void start_step(const BatchSource& source);
  StepReport finish_step();  // the oldest that was started
  EpochReport finish_epoch(const Validation& validation);
  void save(const char* name);

  Model& model_;
  TrainerConfig config_;
  std::filesystem::path folder_;
  CheckpointNotes notes_;
  Optimizer optimizer_;
  std::unique_ptr<WeightAverage> average_;
  TrainingStep step_;
  struct Started {
    StepReport report;
    Index rows = 0;
  };
  std::deque<Started> started_;
  int ahead_ = 0;
};

}  // namespace mueca
