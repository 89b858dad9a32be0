// A study for people: `mueca study show`.
#pragma once
#include <string>
#include <vector>

#include "apps/study/options.h"
#include "apps/table.h"

namespace mueca {

std::string study_heading(const Study& study, const StudyOptions& options);  // title, about, file and profile

// Data sets, arms with what of their runs is there, claims, profiles; those that would be empty are left out. Makes
// nothing: runs of data sets that are not there yet count as not there.
std::vector<Table> study_tables(const Study& study, const StudyOptions& options);

// Each run's whole configuration, as far as it is known before anything ran.
std::string configurations_text(const Study& study, const StudyOptions& options);

}  // namespace mueca
