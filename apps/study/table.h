// The one table of a study, and what its figures mean.
#pragma once
#include <vector>

#include "apps/study/run.h"
#include "apps/table.h"

namespace mueca {

// One row per arm that is not supporting: the mean over its seeds on the test split, with a 95 % interval that is said
// in the notes: Student's t over seeds, or, for one seed, Wilson's over images.
Table study_table(const Study& study, const std::vector<StudyRun>& runs);

}  // namespace mueca
