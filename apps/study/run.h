// Runs a study: manifest -> plan -> runs -> one results table. Runs that are there already are not made again.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "apps/run_results.h"
#include "apps/study/manifest.h"

namespace mueca {

struct StudyOptions {
  std::string out = "runs";
  int threads = 0;  // 0: all cores
  bool quiet = false;
};

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

// The file of a data set; generated ones lie below <out>/<study>/data under a name that says how they are made.
std::filesystem::path data_path(const Study& study, const StudyData& data, const StudyOptions& options);

}  // namespace mueca
