// What a study would run: each arm that trains, with each of its seeds, and what of it is there already.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "apps/run_plan.h"
#include "apps/study/data_sets.h"
#include "apps/study/options.h"

namespace mueca {

// The newest runs of one configuration on one pack: one that is completed, one to go on with; each may be empty.
struct RunsThere {
  std::string identity;
  std::filesystem::path completed, unfinished;
};
RunsThere runs_there(const RunPlan& plan, const Pack& pack);

struct PlannedRun {
  const StudyArm* arm = nullptr;
  std::uint64_t seed = 1;
  RunPlan plan;
  RunsThere there;  // nothing as long as the run that it starts from is not there
  int parent = -1;  // number of the run that it starts from, before it; or none
  int chain = 0;    // runs that start from one another share it: they go to the same shard

  std::string title() const;  // "baseline_cnn, seed 1"
  bool is_done() const { return !there.completed.empty(); }
};

// The configuration of one arm and seed, as far as it is known before anything ran.
RunConfig arm_config(const Study& study, const StudyArm& arm, std::uint64_t seed, const StudyOptions& options);

// In the order of the arms and seeds; parents before their children. Opens (makes) the data. Throws one Error with
// FILE:LINE of the arm for all runs that cannot be: splits that the pack lacks, models out of range, weights that do
// not fit. The study must outlive what is returned.
std::vector<PlannedRun> plan_study(const Study& study, const StudyOptions& options, DataSets& data);

// Looks again for run number `i`, once others may have run. Where its parent is there, so are its initial weights.
void look_again(std::vector<PlannedRun>& runs, std::size_t i, DataSets& data);

// Whether this shard of the options runs it: chains i, i + n, ... of the plan.
bool in_shard(const PlannedRun& run, const StudyOptions& options);

// The trained weights of a run's folder as Keras HDF5, for those that start from it; `make` writes them if needed.
std::filesystem::path handed_on_weights(const std::filesystem::path& run);
void hand_on_weights(const std::filesystem::path& run);

}  // namespace mueca
