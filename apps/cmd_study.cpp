// mueca study: list the manifests, show one, find its mistakes; the other words are in cmd_study_run.cpp.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>

#include "apps/cmd_study.h"
#include "apps/study/show.h"
#include "apps/study/validate.h"
#include "apps/terminal.h"

namespace mueca {
namespace {

int list_studies() {
  Table table;
  table.columns = {{"study", false}, {"arms"}, {"profiles", false}, {"about", false}};
  for (const auto& path : shipped_studies()) {
    const Study study = read_study(path);
    std::string profiles;
    for (const StudyProfile& profile : study.profiles)
      profiles += (profiles.empty() ? "" : " ") + profile.name + (profile.name == study.default_profile ? "*" : "");
    table.add({study.name, str(study.arms.size()), profiles.empty() ? "-" : profiles, study.title});
    if (!profiles.empty() && table.notes.empty())
      table.notes.push_back(
          "* is the one that runs unless --profile says otherwise; full is the manifest without one.");
  }
  std::cout << terminal_table(table, wants_color(1));
  return kExitOk;
}

Action declare_list(CLI::App&) { return list_studies; }

Action declare_show(CLI::App& app) {
  struct Flags : StudyFlags {
    bool config = false;
  };
  auto flags = std::make_shared<Flags>();
  flags->declare_name(app);
  flags->declare_choice(app);
  app.add_flag("--config", flags->config, "Instead: each run's whole configuration");
  return [flags] {
    flags->finish();
    const Study study = read_study(find_study(flags->name));
    if (flags->config) {
      std::cout << configurations_text(study, flags->options);
      return kExitOk;
    }
    std::cout << study_heading(study, flags->options) << "\n";
    for (const Table& table : study_tables(study, flags->options))
      std::cout << "\n" << terminal_table(table, wants_color(1));
    return kExitOk;
  };
}

Action declare_validate(CLI::App& app) {
  struct Flags : StudyFlags {
    std::vector<std::string> names;
  };
  auto flags = std::make_shared<Flags>();
  app.add_option("study", flags->names, "Names of studies, or manifests' paths")->required();
  app.add_option("--data", flags->data, "NAME=FILE: where the pack of a data set lies; FILE when there is but one")
      ->allow_extra_args(false);
  app.add_option("--weights", flags->options.weights, "Folder of published weights (Keras HDF5)");
  app.add_flag("--skip-missing", flags->options.skip_missing, "Packs and weights that are not here are no mistakes");
  return [flags] {
    flags->finish();
    flags->options.quiet = true;
    int code = kExitOk;
    for (const std::string& name : flags->names) {
      const std::string mistakes = mistakes_of(name, flags->options);
      if (mistakes.empty())
        std::cout << name << ": in order\n";
      else
        std::cerr << mistakes << "\n", code = kExitFailure;
    }
    return code;
  };
}

}  // namespace

Action declare_study(CLI::App& app) {
  static constexpr Command kCommands[] = {
      {"list", "The studies that come with mueca", declare_list},
      {"show", "Data, arms, claims and profiles of a study, and what of it is there", declare_show},
      {"validate", "Find everything that is wrong with manifests; runs nothing", declare_validate},
      {"run", "Make the runs that are not there yet, then report", declare_study_run},
      {"resume", "Go on with a study as it was started", declare_study_resume},
      {"report", "Tables and results of what is there; trains nothing", declare_study_report},
  };
  return declare_group(app, kCommands);
}

}  // namespace mueca
