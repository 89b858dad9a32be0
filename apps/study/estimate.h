// What a plan costs before it runs.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "apps/study/plan.h"
#include "apps/table.h"

namespace mueca {

struct RunCost {
  std::int64_t images = 0, parameters = 0, multiply_adds = 0;  // per epoch; of the model; of one image
  int epochs = 0;
  double flop = 0;        // of the training steps (nn/cost.h)
  double seconds = 0;     // of training and evaluations; NaN when unknown
  bool measured = false;  // by a few steps now; else from the speed of an earlier run
};

// One per run. Speeds come from the newest run of the same arm with the same model and threads, else from three
// training steps of each distinct model, made here.
std::vector<RunCost> estimate(const std::vector<PlannedRun>& plan, const StudyOptions& options, DataSets& data);

// Seconds until all runs of the plan that are not there are made, `jobs` at a time; runs of unknown time count nothing.
double total_seconds(const std::vector<PlannedRun>& plan, const std::vector<RunCost>& costs, int jobs);

// One line per run, and in the notes the sum and what it rests on.
Table plan_table(const std::vector<PlannedRun>& plan, const std::vector<RunCost>& costs, const StudyOptions& options);

}  // namespace mueca
