// Several runs of a study at once, each a process of its own, so that one that fails or is killed takes no other along.
#pragma once
#include "apps/study/run.h"

namespace mueca {

// As run_study, with options.jobs processes of this executable, options.threads / options.jobs threads each. Ctrl-C
// asks all of them to save and stop; they also stop when this process dies.
StudyOutcome run_jobs(const Study& study, const StudyOptions& options);

int threads_per_job(const StudyOptions& options);  // at least 1

}  // namespace mueca
