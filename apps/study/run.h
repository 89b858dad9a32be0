// Runs a study: manifest -> plan -> runs -> one results table. Runs that are there already are not made again.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "apps/run_plan.h"
#include "apps/run_results.h"
#include "apps/study/data_sets.h"
#include "apps/study/options.h"

namespace mueca {

// One arm with one seed, once it is there.
struct StudyRun {
  const StudyArm* arm = nullptr;
  std::uint64_t seed = 1;
  std::filesystem::path folder;
  RunResults results;
};

// In the order of the arms and seeds; the data sets and the weights that arms hand on are made on the way. Stops with
// the interrupted run last when Ctrl-C comes. The study must outlive what is returned.
std::vector<StudyRun> run_study(const Study& study, const StudyOptions& options);

// The configuration of one arm and seed, as far as it is known before anything ran.
RunConfig arm_config(const Study& study, const StudyArm& arm, std::uint64_t seed, const StudyOptions& options);

// The newest runs of a configuration: one that completed, one to go on from; empty where there is none.
struct RunsThere {
  std::string identity;
  std::filesystem::path completed, unfinished;
};
RunsThere runs_there(const RunPlan& plan, const Pack& pack);

// Where a run leaves its weights for the arms that start from it.
std::filesystem::path handed_on_weights(const std::filesystem::path& run);

}  // namespace mueca
