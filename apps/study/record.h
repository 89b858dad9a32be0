// <out>/<study>/run.toml: with which options a study was started, so that resume and report know them.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "apps/study/options.h"

namespace mueca {

// The command line `mueca study run <manifest> ...` that stands for these options; --quiet and --shard aside.
std::vector<std::string> arguments_of(const Study& study, const StudyOptions& options);

void record_run(const Study& study, const StudyOptions& options);

// The recorded arguments; empty when nothing was recorded. Throws Error with FILE:LINE when the file is none of ours.
std::vector<std::string> recorded_arguments(const std::filesystem::path& study_folder);

}  // namespace mueca
