#include "apps/study/run.h"

#include <chrono>
#include <functional>
#include <iostream>
#include <set>
#include <thread>

#include "apps/command.h"
#include "apps/interrupt.h"
#include "apps/study/jobs.h"
#include "apps/study/record.h"
#include "apps/svm_run.h"
#include "apps/train_run.h"
#include "core/error.h"
#include "core/files/file_lock.h"

namespace fs = std::filesystem;

namespace mueca {
namespace {

constexpr auto kLookEvery = std::chrono::milliseconds(500);  // at a lock that another process holds

RunStatus make_run(const PlannedRun& run, const Pack& pack, const StudyOptions& options) {
  const RunPlan& plan = run.plan;
  const fs::path& unfinished = run.there.unfinished;
  if (run.arm->kind == ArmKind::svm) {
    RunDirectory folder = RunDirectory::create(plan.config, command_line());
    return train_svm_run(plan, pack, folder).status;
  }
  if (!options.quiet) std::cerr << "\n" << run.title() << "\n" << describe_plan(plan, pack, false);
  RunDirectory folder =
      unfinished.empty() ? RunDirectory::create(plan.config, command_line()) : RunDirectory::open(unfinished);
  return train_run(plan, pack, folder, {!unfinished.empty(), options.quiet}).status;
}

// Runs a plan in this process, one run at a time.
class Sequence {
 public:
  Sequence(const Study& study, const StudyOptions& options)
      : options_(options),
        locks_(study_folder(study, options) / ".locks"),
        data_(study, options, false),
        runs_(plan_study(study, options, data_)) {
    data_.keep();  // nothing is written before everything that can be wrong was said
  }

  StudyOutcome run(const std::function<bool(const PlannedRun&)>& wanted) {
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < runs_.size(); ++i)
      if (wanted(runs_[i])) open.push_back(i);
    while (!open.empty() && !outcome_.interrupted) {
      std::vector<std::size_t> busy;
      for (const std::size_t i : open)
        if (!outcome_.interrupted && !settle(i)) busy.push_back(i);
      if (busy.size() == open.size()) wait();
      open = std::move(busy);
    }
    return outcome_;
  }

 private:
  // False when another process is at it, or at the run that it starts from.
  bool settle(std::size_t i) {
    PlannedRun& run = runs_[i];
    const auto parent = static_cast<std::size_t>(run.parent);
    if (run.parent >= 0 && failed_.contains(parent)) return fail(i, "needs " + runs_[parent].title());
    if (run.parent >= 0) look_again(runs_, parent, data_);
    if (run.parent >= 0 && !runs_[parent].is_done()) return false;
    const fs::path file = locks_ / str(run.arm->name, "-s", run.seed);
    const auto lock = FileLock::take(file);
    if (!lock) {
      if (told_.insert(i).second)
        std::cerr << run.title() << ": process " << lock_holder(file) << " is at it; its result is waited for\n";
      return false;
    }
    try {
      if (run.parent >= 0) hand_on_weights(runs_[parent].there.completed);
      look_again(runs_, i, data_);
      if (run.is_done()) {
        ++outcome_.there;
        if (!options_.quiet) std::cerr << "already there: " << run.there.completed.string() << "\n";
      } else if (make_run(run, data_.of(*run.arm), options_) == RunStatus::interrupted) {
        outcome_.interrupted = true;
      } else {
        ++outcome_.made;
        look_again(runs_, i, data_);
      }
      return true;
    } catch (const std::exception& error) {
      return fail(i, error.what());
    }
  }

  bool fail(std::size_t i, const std::string& why) {
    failed_.insert(i);
    outcome_.failed.push_back(runs_[i].title() + ": " + why);
    std::cerr << "failed: " << outcome_.failed.back() << "\n";
    return true;
  }

  void wait() {
    const InterruptGuard guard;
    std::this_thread::sleep_for(kLookEvery);
    outcome_.interrupted = interrupt_requested();
  }

  const StudyOptions& options_;
  const fs::path locks_;
  DataSets data_;
  std::vector<PlannedRun> runs_;
  std::set<std::size_t> failed_, told_;
  StudyOutcome outcome_;
};

}  // namespace

StudyOutcome run_study(const Study& study, const StudyOptions& options) {
  if (options.jobs > 1) return run_jobs(study, options);
  Sequence runs(study, options);
  record_run(study, options);
  return runs.run([&](const PlannedRun& run) { return in_shard(run, options); });
}

StudyOutcome run_one(const Study& study, const StudyOptions& options, const std::string& arm, std::uint64_t seed) {
  return Sequence(study, options).run([&](const PlannedRun& run) { return run.arm->name == arm && run.seed == seed; });
}

}  // namespace mueca
