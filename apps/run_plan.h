// What a configuration means for one pack: which rows, which model, how many steps. Nothing is written.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "apps/run_config.h"
#include "data/loader.h"
#include "data/pack.h"
#include "nn/model.h"
#include "nn/trainer.h"

namespace mueca {

struct RunPlan {
  RunConfig config;                                       // with what the pack decides filled in: model.classes
  std::vector<Index> train_rows, select_rows, test_rows;  // the last two may be empty
  std::string test_note;                                  // why there is no test, or empty
};

// Also sets the number of threads that the configuration names. Throws Error naming the key and the pack's splits when
// they do not fit.
RunPlan plan_run(const RunConfig& config, const Pack& pack);

// "500" or "0.1" of the rows, evenly spread, so that packs sorted by class keep their proportions; all when `limit` is
// empty or there are fewer.
std::vector<Index> limited_rows(std::vector<Index> rows, const std::string& limit);

// A fresh model, with the initial weights of config.run.init_weights; `note` says what was loaded.
std::unique_ptr<Model> planned_model(const RunPlan& plan, std::string& note);
Loader planned_loader(const RunPlan& plan, const Pack& pack, const Model& model);
BatchSource batches_of(Loader& loader);  // the loader must outlive it
TrainerConfig trainer_config(const RunConfig& config);

// The plan in a few lines for people. With `measure`, three training steps are timed on a model that is thrown away.
std::string describe_plan(const RunPlan& plan, const Pack& pack, bool measure);

}  // namespace mueca
