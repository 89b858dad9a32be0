// Everything that is wrong with a manifest, before anything runs.
#pragma once
#include <string>

#include "apps/study/options.h"

namespace mueca {

// FILE:LINE: sentence, one per line: what read_study finds, files that are not there, models that cannot be built in
// any profile, and runs that do not fit the data of those profiles whose files are there. Empty: in order. Writes
// nothing.
std::string mistakes_of(const std::string& study, const StudyOptions& options);

}  // namespace mueca
