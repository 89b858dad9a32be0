// Checkpoints: one HDF5 file from which a run goes on to the same bytes, or a model is rebuilt.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "nn/ema.h"
#include "nn/model.h"
#include "nn/optimizer.h"
#include "nn/schedule.h"

namespace mueca {

// Where a run stands. Everything random is keyed by these counters and the seeds of the configuration.
struct Progress {
  std::int64_t epoch = 0;  // complete ones
  std::int64_t batch = 0;  // of the epoch that is not complete
  std::int64_t step = 0;   // updates so far
  double loss_sum = 0;     // over the samples of the epoch that is not complete
  std::int64_t correct = 0, samples = 0;
  double best = -1;  // validation figure, higher is better; -1: none yet
  std::int64_t best_epoch = -1;
  std::int64_t waited = 0;  // epochs since the best
  PlateauState plateau;
};

template <class F>
void visit_fields(Progress& p, F&& f) {
  f("epoch", p.epoch), f("batch", p.batch), f("step", p.step), f("loss_sum", p.loss_sum), f("correct", p.correct);
  f("samples", p.samples), f("best", p.best), f("best_epoch", p.best_epoch), f("waited", p.waited);
  f("plateau.best", p.plateau.best), f("plateau.waited", p.plateau.waited), f("plateau.scale", p.plateau.scale);
}

// What a checkpoint holds besides numbers.
struct CheckpointNotes {
  ModelConfig model;
  float input_scale = 1, input_shift = 0, input_crop = 1;  // of the model's InputSpec
  Calibration calibration;
  Pairs training;                        // the trainer's configuration
  std::vector<std::string> class_names;  // may be empty
  Progress progress;
};

// Equal content gives equal bytes. Atomic: a crash leaves the old file or the new one. The model says its own
// configuration, input and calibration; those of the notes are not looked at. Optimizer and average may be nullptr.
void save_checkpoint(const std::filesystem::path& path, const Model& model, const Optimizer* optimizer,
                     const WeightAverage* average, const CheckpointNotes& notes);

// The checkpoint `from` with another calibration, everything else as it was, the trainer's state included; `to` may be
// the same file. Atomic. Errors as load_model's.
void save_calibration(const std::filesystem::path& from, const std::filesystem::path& to,
                      const Calibration& calibration);

CheckpointNotes read_checkpoint_notes(const std::filesystem::path& path);

// Into a model of the same configuration, and its optimizer and average (nullptr: not wanted). Throws Error naming file
// and place when something is missing, has another shape or is not finite.
CheckpointNotes load_checkpoint(const std::filesystem::path& path, Model& model, Optimizer* optimizer,
                                WeightAverage* average);

// Builds the model from the configuration in the file, with the averaged weights if there are any and `averaged`.
std::unique_ptr<Model> load_model(const std::filesystem::path& path, Device device = Device::cpu, bool averaged = true);

}  // namespace mueca
