// Learning-rate schedules: pure functions of the progress in epochs. Only the plateau rule has a memory, kept apart.
#pragma once
#include <string>

#include "nn/fields.h"

namespace mueca {

struct ScheduleConfig {
  std::string kind = "cosine";  // constant, step, cosine, one_cycle, plateau
  float lr = 1e-3f;             // the highest
  float warmup = 0;             // epochs of linear rise from lr / 100, in front of any kind
  float factor = 0.1f;          // step, plateau: lr times this at each drop
  float period = 30;            // step: epochs between drops, counted after the warm-up
  float floor = 0;              // cosine, one_cycle, plateau: least fraction of lr
  float rise = 0.3f;            // one_cycle: the part of the run that rises, from lr / 25 (Smith & Topin 2019)
  int patience = 5;             // plateau: epochs without improvement before a drop
};

template <class F>
void visit_fields(ScheduleConfig& c, F&& f) {
  f("kind", c.kind), f("lr", c.lr), f("warmup", c.warmup), f("factor", c.factor), f("period", c.period);
  f("floor", c.floor), f("rise", c.rise), f("patience", c.patience);
}

// Throws Error for an unknown kind or a field outside its range.
void validate(const ScheduleConfig& config);

// What the plateau rule remembers; goes into the checkpoint.
struct PlateauState {
  float best = -1e30f;
  int waited = 0;   // epochs since `best`
  float scale = 1;  // of the learning rate so far
};

// Called once per epoch with the validation figure, higher is better. Does nothing for the other kinds.
void observe(const ScheduleConfig& config, PlateauState& state, float figure);

// The rate at `epoch` (with its fraction: 2.5 is halfway through the third) of `epochs`.
float learning_rate(const ScheduleConfig& config, double epoch, double epochs, const PlateauState& plateau = {});

}  // namespace mueca
