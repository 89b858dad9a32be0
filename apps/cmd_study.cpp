// mueca study: list the manifests, run one.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>

#include "apps/command.h"
#include "apps/study/manifest.h"
#include "apps/study/results.h"
#include "apps/study/run.h"
#include "apps/study/tables.h"
#include "apps/terminal.h"
#include "core/files/atomic_file.h"

namespace fs = std::filesystem;

namespace mueca {
namespace {

int list_studies() {
  Table table;
  table.columns = {{"study", false}, {"arms"}, {"about", false}};
  for (const auto& path : shipped_studies()) {
    const Study study = read_study(path);
    table.add({study.name, str(study.arms.size()), study.about.empty() ? study.title : study.about});
  }
  std::cout << terminal_table(table, wants_color(1));
  return kExitOk;
}

// What would run, without looking at data or making anything.
int print_plan(const Study& study, const StudyOptions& options) {
  std::cout << study.title << "\n";
  for (const StudyArm& arm : study.arms)
    for (std::uint64_t seed : trains(arm.kind) ? arm.seeds : std::vector<std::uint64_t>()) {
      const RunConfig config = arm_config(study, arm, seed, options);
      std::cout << "\n# " << arm.name << ", seed " << seed;
      if (!arm.start_from.empty()) std::cout << ", starts from the weights of " << arm.start_from;
      std::cout << "\n" << config_text(config);
    }
  return kExitOk;
}

// Each run's confusion matrix, side by side.
void copy_matrices(const fs::path& folder, const std::vector<StudyRun>& runs) {
  for (const StudyRun& run : runs) {
    if (run.arm->supporting) continue;
    for (const auto& entry : fs::directory_iterator(run.folder / "plots"))
      if (const fs::path& plot = entry.path(); plot.stem() == "confusion")
        write_file_atomically(folder / "confusion" / str(run.arm->name, "-s", run.seed, plot.extension().string()),
                              read_file(plot, 64 << 20));
  }
}

int run_named(const std::string& name, const StudyOptions& options, bool dry_run) {
  const Study study = configured(read_study(find_study(name)), options);
  if (dry_run) return print_plan(study, options);
  const auto runs = run_study(study, options);
  if (runs.back().results.status == RunStatus::interrupted) {
    std::cout << "stopped; the same command goes on from here\n";
    return kExitInterrupted;
  }
  const fs::path folder = fs::path(options.out) / study.name;
  const StudyResults results = gather_results(study, options);
  write_results(folder, results);
  copy_matrices(folder, runs);
  std::cout << "\n" << terminal_table(arms_table(results), wants_color(1)) << "\n";
  std::cout << "results    " << (folder / "results.json").string() << "; tables in .md .csv .tex .html\n"
            << "confusion  " << (folder / "confusion").string() << "\n"
            << "runs       " << folder.string() << "\n";
  return kExitOk;
}

Action declare_list(CLI::App&) { return list_studies; }

Action declare_run(CLI::App& app) {
  struct Flags {
    std::string name;
    StudyOptions options;
    bool dry_run = false;
  };
  auto flags = std::make_shared<Flags>();
  app.add_option("study", flags->name, "A study's name ('mueca study list'), or a manifest's path")->required();
  app.add_option("--out", flags->options.out, "Folder of all runs (runs)");
  app.add_option("--threads", flags->options.threads, "0: all cores")->check(CLI::Range(0, 4096));
  app.add_flag("--dry-run", flags->dry_run, "Print each run's configuration, start none");
  app.add_flag("-q,--quiet", flags->options.quiet, "Errors and the table only");
  return [flags] { return run_named(flags->name, flags->options, flags->dry_run); };
}

}  // namespace

Action declare_study(CLI::App& app) {
  static constexpr Command kCommands[] = {
      {"list", "The studies that come with mueca", declare_list},
      {"run", "Run a study; runs that are there already are kept", declare_run},
  };
  return declare_group(app, kCommands);
}

}  // namespace mueca
