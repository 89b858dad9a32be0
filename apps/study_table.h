// The one table of a study, and what its figures mean.
#pragma once
#include <span>
#include <vector>

#include "apps/study_run.h"
#include "apps/table.h"

namespace mueca {

// One row per arm that is not supporting: the mean over its seeds on the test split, with a 95 % interval that is said
// in the notes: Student's t over seeds, or, for one seed, Wilson's over images.
Table study_table(const Study& study, const std::vector<StudyRun>& runs);

struct MeanInterval {
  double mean = 0, deviation = 0, low = 0, high = 0;
};
// Sample standard deviation and Student's 95 % interval; needs two values or more.
MeanInterval mean_interval(std::span<const double> values);

}  // namespace mueca
