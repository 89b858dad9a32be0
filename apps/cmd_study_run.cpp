// mueca study run, resume and report: make what is not there, and tell what was found.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>

#include "apps/cmd_study.h"
#include "apps/report/write.h"
#include "apps/study/estimate.h"
#include "apps/study/jobs.h"
#include "apps/study/record.h"
#include "apps/study/results.h"
#include "apps/study/run.h"
#include "apps/study/tables.h"
#include "apps/terminal.h"
#include "core/files/atomic_file.h"

namespace fs = std::filesystem;

namespace mueca {
namespace {

struct RunFlags : StudyFlags {
  bool dry_run = false;
  std::string only;  // "arm:seed": one run, as a job of another process

  void declare(CLI::App& app) {
    declare_name(app);
    declare_choice(app);
    declare_work(app);
    app.add_flag("--dry-run", dry_run, "Print the plan, its cost and how long it takes; write nothing");
    app.add_option("--only", only)->group("");
  }
};

Study study_of(const StudyFlags& flags) { return configured(read_study(find_study(flags.name)), flags.options); }

void tell_left_out(const Study& study) {
  for (const std::string& arm : study.left_out) std::cerr << "left out: " << arm << "\n";
}

// What no run is needed for.
void tell_ready_arms(const Study& study) {
  for (const StudyArm& arm : study.arms) {
    if (arm.kind == ArmKind::checkpoint) std::cout << arm.name << ": evaluates " << arm.checkpoint << "\n";
    if (arm.kind == ArmKind::majority) std::cout << arm.name << ": counts the training images\n";
    if (arm.kind != ArmKind::ensemble) continue;
    std::cout << arm.name << ": averages";
    for (const std::string& member : arm.members) std::cout << " " << member;
    std::cout << "\n";
  }
}

int print_plan(const Study& study, StudyOptions options) {
  if (study.arms.empty()) {
    std::cout << study.title << ": nothing to train; the report tells what benchmarks measured\n";
    return kExitOk;
  }
  DataSets data(study, options, false);
  StudyOptions each = options;
  if (options.jobs > 1) each.threads = threads_per_job(options);
  const auto plan = plan_study(study, each, data);
  std::cout << study.title << ", profile " << study.profile << "\n\n"
            << terminal_table(plan_table(plan, estimate(plan, each, data), options), wants_color(1));
  tell_ready_arms(study);
  return kExitOk;
}

// Each run's confusion matrix, side by side.
void copy_matrices(const fs::path& folder, const StudyResults& results) {
  for (const ArmResult& arm : results.arms)
    for (const ArmRun& run : arm.runs) {
      if (run.folder.empty()) continue;
      for (const auto& entry : fs::directory_iterator(run.folder / "plots"))
        if (const fs::path& plot = entry.path(); plot.stem() == "confusion")
          write_file_atomically(folder / "confusion" / str(arm.arm.name, "-s", run.seed, plot.extension().string()),
                                read_file(plot, 64 << 20));
    }
}

int report(const Study& study, const StudyOptions& options, ReportOptions to = {}) {
  const fs::path folder = study_folder(study, options);
  const StudyResults results = gather_results(study, options);
  write_results(folder, results);
  copy_matrices(folder, results);
  std::cout << "\n";
  if (!results.arms.empty()) std::cout << terminal_table(arms_table(results), wants_color(1)) << "\n";
  for (const BenchmarkResult& benchmark : results.benchmarks)
    std::cout << terminal_table(families_table(benchmark), wants_color(1)) << "\n";
  if (!results.claims.empty()) std::cout << terminal_table(claims_table(results), wants_color(1)) << "\n";
  for (const std::string& arm : results.missing) std::cout << "missing    " << arm << "\n";
  std::cout << "results    " << (folder / "results.json").string() << "; tables in .md .csv .tex .html\n"
            << (results.arms.empty() ? "" : "confusion  " + (folder / "confusion").string() + "\n")
            << (results.arms.empty() ? "" : "runs       " + folder.string() + "\n");
  if (to.folder.empty()) to.folder = folder / "report";
  const ReportFiles files = write_study_report(study, results, options, to);
  std::cout << "report     " << files.page.string() << "\n"
            << "notebook   " << files.notebook.string() << "\n"
            << "figures    " << files.figures.string() << "\n";
  return kExitOk;
}

int run(const RunFlags& flags) {
  const StudyOptions& options = flags.options;
  choose_compute(options.compute);
  const Study study = study_of(flags);
  if (!options.quiet) tell_left_out(study);
  if (flags.dry_run) return print_plan(study, options);
  if (!flags.only.empty()) {
    const auto colon = flags.only.rfind(':');
    std::uint64_t seed = 0;
    if (colon == std::string::npos) throw UsageError("--only: expected arm:seed");
    parse_field("--only", std::string_view(flags.only).substr(colon + 1), seed);
    const StudyOutcome outcome = run_one(study, options, flags.only.substr(0, colon), seed);
    return outcome.interrupted ? kExitInterrupted : outcome.failed.empty() ? kExitOk : kExitFailure;
  }
  const StudyOutcome outcome = run_study(study, options);
  if (outcome.interrupted) {
    std::cout << "stopped; the same command goes on from here, and so does\n  mueca study resume " << study.name
              << (options.out == StudyOptions().out ? "" : " --out " + options.out) << "\n";
    return kExitInterrupted;
  }
  if (options.shards > 1)
    std::cout << "shard " << options.shard << "/" << options.shards << ": " << outcome.made << " runs made, "
              << outcome.there << " were there; when all shards are done: mueca study report " << flags.name << "\n";
  else if (outcome.failed.empty() || outcome.made + outcome.there > 0)
    report(study, options);
  if (outcome.failed.empty()) return kExitOk;
  std::string failed;
  for (const std::string& each : outcome.failed) failed += "\n  " + each;
  throw Error(str(outcome.failed.size(), outcome.failed.size() == 1 ? " run" : " runs", " failed:", failed));
}

// The flags of a recorded command line.
RunFlags recorded_flags(const std::string& name, const std::string& out) {
  const fs::path folder = fs::path(out) / fs::path(name).stem();
  std::vector<std::string> arguments = recorded_arguments(folder);
  check(!arguments.empty(), folder.string(), ": no study was started there; begin with: mueca study run ", name);
  arguments.erase(arguments.begin(), arguments.begin() + 2);
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
  RunFlags flags;
  CLI::App app;
  flags.declare(app);
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    throw Error(str((folder / "run.toml").string(), ": ", error.what()));
  }
  flags.finish();
  flags.options.out = out;
  return flags;
}

}  // namespace

Action declare_study_run(CLI::App& app) {
  auto flags = std::make_shared<RunFlags>();
  flags->declare(app);
  return [flags] {
    flags->finish();
    return run(*flags);
  };
}

Action declare_study_resume(CLI::App& app) {
  auto flags = std::make_shared<StudyFlags>();
  flags->declare_name(app);
  flags->declare_work(app);
  app.add_option("--out", flags->options.out, "Folder of all runs")->capture_default_str();
  app.add_flag("-q,--quiet", flags->options.quiet, "Errors and the results only");
  return [flags, &app] {
    flags->finish();
    RunFlags before = recorded_flags(flags->name, flags->options.out);
    if (app.count("--threads")) before.options.threads = flags->options.threads;
    if (app.count("--device")) before.options.compute.device = flags->options.compute.device;
    if (app.count("--precision")) before.options.compute.precision = flags->options.compute.precision;
    if (app.count("--jobs")) before.options.jobs = flags->options.jobs;
    before.options.shard = flags->options.shard, before.options.shards = flags->options.shards;
    before.options.quiet = flags->options.quiet;
    return run(before);
  };
}

Action declare_study_report(CLI::App& app) {
  struct ReportFlags : StudyFlags {
    std::string folder;
    bool with_images = false, times = false;
  };
  auto flags = std::make_shared<ReportFlags>();
  flags->declare_name(app);
  flags->declare_choice(app);
  app.add_option("--threads", flags->options.threads, "0: all cores")->check(CLI::Range(0, 4096));
  app.add_option("--export", flags->folder,
                 "Write page, notebook and figures here, without figures that show pictures of people");
  app.add_flag("--with-images", flags->with_images, "With --export: those figures, too, and pictures in the notebook");
  app.add_flag("--times", flags->times, "Also how long the runs took; differs from machine to machine");
  return [flags, &app] {
    flags->finish();
    const fs::path folder = fs::path(flags->options.out) / fs::path(flags->name).stem();
    bool chosen = recorded_arguments(folder).empty();
    for (const char* flag : {"--profile", "--limit", "--seeds", "--arms", "--data", "--weights", "--skip-missing"})
      chosen = chosen || app.count(flag) > 0;
    if (!chosen) {  // as it was run
      StudyFlags before = recorded_flags(flags->name, flags->options.out);
      before.options.quiet = flags->options.quiet;
      before.options.threads = flags->options.threads;
      static_cast<StudyFlags&>(*flags) = before;
    }
    const Study study = study_of(*flags);
    tell_left_out(study);
    const bool images = flags->folder.empty() || flags->with_images || only_drawn(study);
    return report(study, flags->options,
                  {flags->folder, images, flags->folder.empty() || flags->with_images, flags->times});
  };
}

}  // namespace mueca
