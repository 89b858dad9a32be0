// Runs a study: each planned run that is not there yet, here one after the other or several at once (study/jobs.h).
// A run that was killed goes on from its last checkpoint; one that another process is at is waited for.
#pragma once
#include <string>
#include <vector>

#include "apps/study/plan.h"

namespace mueca {

struct StudyOutcome {
  int there = 0, made = 0;          // runs
  std::vector<std::string> failed;  // "arm, seed 1: why"
  bool interrupted = false;
};

// Those of the options' shard, once all that can be wrong was looked for; then the options are recorded for resume. A
// run that fails is reported, the others go on; what starts from it fails with it.
StudyOutcome run_study(const Study& study, const StudyOptions& options);

// One run alone, as a job of another process.
StudyOutcome run_one(const Study& study, const StudyOptions& options, const std::string& arm, std::uint64_t seed);

}  // namespace mueca
