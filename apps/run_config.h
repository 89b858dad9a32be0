// Everything that decides a training run, in sections as config.toml shows them. A value comes from the defaults, then
// a TOML file, then a study's arm, then flags: each a list of Assignments, applied in that order by one function.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "apps/faces/svm.h"
#include "apps/toml_file.h"
#include "data/augmentation.h"
#include "nn/model.h"
#include "nn/optimizer.h"
#include "nn/schedule.h"

namespace mueca {

struct DataChoice {
  std::string pack;                       // file; "faces" stands for the built-in generator (studies only)
  std::string train_on = "training";      // split names of the pack
  std::string select_on = "public_test";  // chooses the best epoch
  std::string test_on = "private_test";   // looked at once, at the end; empty or absent: no test
  std::string limit;                      // "500" rows or "0.1" of each split, for trying out; empty: all
  std::string sampling = "natural";       // natural, balanced
  bool soft_targets = false;              // FER+ votes as target distribution
};

struct Recipe {
  int epochs = 30;
  int batch = 64;
  std::string loss = "cross_entropy";  // cross_entropy, squared_hinge
  float label_smoothing = 0;
  float ema = 0;     // decay of the weight average, e.g. 0.999; 0: none
  float clip = 0;    // largest gradient norm; 0: only measured
  int patience = 0;  // epochs without improvement before the run stops; 0: never
};

struct RunPlace {
  std::string out = "runs";
  std::string study = "single";
  std::string name;          // of the experiment; empty: the model's name
  std::string init_weights;  // Keras HDF5 to start from
  std::uint64_t seed = 1;    // initial values, order, augmentation, dropout: each its own stream of this seed
  int threads = 0;           // 0: all cores
  int checkpoint_steps = 0;  // the last checkpoint is also written every so many steps within an epoch
};

struct RunConfig {
  DataChoice data;
  ModelConfig model;
  SvmConfig svm;  // read when model.name is hog_svm, instead of model, train, optimizer, schedule and augment
  Recipe train;
  OptimizerConfig optimizer;
  ScheduleConfig schedule;
  std::string preset = "none";  // augment.preset: none, light, standard, strong; the fields below may differ from it
  AugmentPolicy augment;
  RunPlace run;
};

// One value for one key ("schedule.lr"), and where it was said ("fast.toml:12", "--lr") for complaints.
struct Assignment {
  std::string key, value, origin;
};

// Applies in order; `augment.preset` sets all augmentation fields. model.seed follows run.seed.
// Throws Error, prefixed with the origin, for an unknown key (listing the section's) or a value out of place.
RunConfig resolve_config(const std::vector<Assignment>& assignments);

// The assignments that a TOML table of sections makes; Error with FILE:LINE for anything that is not one.
std::vector<Assignment> config_assignments(const Toml& table, const std::string& file);

// The whole configuration, defaults included: reading it back gives the same.
std::string config_text(const RunConfig& config);

// config_text without places, names, checkpoint_steps, where the pack lies, and threads, which decide the last bits
// only.
std::string config_identity(const RunConfig& config);

// SHA-256 of all that decides the result: the identity, the pack's content and that of the initial weights. Two runs
// with the same one are the same run. Throws Error when the weights cannot be read.
std::string run_identity(const RunConfig& config, const std::string& data_sha256);

// none; light: mirror and small shifts; standard: with rotation, zoom, light; strong: wider, with erasing.
AugmentPolicy preset_policy(const std::string& name);

}  // namespace mueca
