// One training run from plan to results.json: what `mueca train` and every arm of a study do.
#pragma once
#include <filesystem>

#include "apps/run_directory.h"
#include "apps/run_plan.h"

namespace mueca {

struct RunOptions {
  bool resume = false;  // go on from the folder's last checkpoint
  bool quiet = false;   // errors only
};

// Trains, evaluates the best checkpoint once on the selection and test splits, writes predictions and results. Ctrl-C
// leaves status INTERRUPTED and a checkpoint to go on from; an Error leaves FAILED with its reason and is thrown on.
RunResults train_run(const RunPlan& plan, const Pack& pack, RunDirectory& run, const RunOptions& options);

// "65.1 % (63.5 to 66.7, n = 3589)"
std::string figures_text(const SplitFigures& figures);

}  // namespace mueca
