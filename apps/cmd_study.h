// What the commands of `mueca study` share.
#pragma once
#include <string>
#include <vector>

#include "apps/command.h"
#include "apps/study/options.h"

namespace mueca {

// Flags of a study's command line, as typed; finish() makes them options.
struct StudyFlags {
  std::string name, seeds, arms, shard;
  std::vector<std::string> data;
  StudyOptions options;

  void declare_name(CLI::App& app);
  void declare_choice(CLI::App& app);  // --profile --limit --seeds --arms --data --weights --skip-missing --out --quiet
  void declare_work(CLI::App& app);    // --threads --jobs --shard
  // Throws UsageError for what is no seed list, shard or pack.
  void finish();
};

Action declare_study_run(CLI::App& app);     // cmd_study_run.cpp
Action declare_study_resume(CLI::App& app);  // cmd_study_run.cpp
Action declare_study_report(CLI::App& app);  // cmd_study_run.cpp

}  // namespace mueca
