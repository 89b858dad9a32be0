#include "apps/study/jobs.h"

#include <poll.h>

#include <algorithm>
#include <cstdio>
#include <list>
#include <set>

#include "apps/command.h"
#include "apps/interrupt.h"
#include "apps/study/child_process.h"
#include "apps/study/record.h"
#include "apps/terminal.h"
#include "apps/train_run.h"
#include "core/error.h"
#include "core/parallel.h"

namespace mueca {
namespace {

constexpr int kPollMilliseconds = 200;

// One line at the bottom of a terminal that is redrawn; lines that stay go above it. Without a terminal only those.
class LiveLine {
 public:
  explicit LiveLine(bool quiet) : live_(wants_live_bar() && !quiet), quiet_(quiet) {}
  ~LiveLine() { clear(); }
  bool live() const { return live_; }
  void say(const std::string& line) {
    clear();
    if (!quiet_) std::fprintf(stderr, "%s\n", line.c_str());
    draw();
  }
  void show(const std::string& line) {
    if (line == text_) return;
    clear();
    text_ = line;
    draw();
  }

 private:
  void clear() const {
    if (live_ && !text_.empty()) std::fputs("\r\x1b[K", stderr);
  }
  void draw() const {
    if (!live_) return;
    const auto width =
        static_cast<std::size_t>(std::max(terminal_width() - 1, 20));  // one that wraps cannot be redrawn
    std::fputs(text_.substr(0, width).c_str(), stderr);
    std::fflush(stderr);
  }
  bool live_, quiet_;
  std::string text_;
};

// "epoch 4/16  loss ...  ETA 12:30" -> "4/16, 12:30 left"
std::string short_progress(const std::string& line) {
  const auto end = line.find(' ', 6), eta = line.rfind("ETA ");
  if (!line.starts_with("epoch ") || end == std::string::npos) return "";
  return line.substr(6, end - 6) + (eta == std::string::npos ? "" : ", " + line.substr(eta + 4) + " left");
}

class JobBoard {
 public:
  JobBoard(const Study& study, const StudyOptions& options)
      : study_(study),
        options_(options),
        data_(study, options, false),
        runs_(plan_study(study, options, data_)),
        line_(options.quiet) {
    data_.keep();
    for (std::size_t i = 0; i < runs_.size(); ++i)
      if (in_shard(runs_[i], options)) waiting_.push_back(i);
    total_ = waiting_.size();
  }

  StudyOutcome run() {
    const InterruptGuard guard;
    while (!waiting_.empty() || !jobs_.empty()) {
      if (interrupt_requested() && !outcome_.interrupted) {
        outcome_.interrupted = true;
        for (const Job& job : jobs_) job.process.interrupt();
      }
      if (outcome_.interrupted && jobs_.empty()) break;
      if (!outcome_.interrupted) start_what_may();
      listen();
      draw();
    }
    return outcome_;
  }

 private:
  struct Job {
    Job(std::size_t number, const std::vector<std::string>& arguments) : run(number), process(arguments) {}
    std::size_t run;
    ChildProcess process;
    std::string progress, last_words;  // its last line that says why it failed
  };

  void start_what_may() {
    for (auto at = waiting_.begin(); at != waiting_.end() && jobs_.size() < static_cast<std::size_t>(options_.jobs);) {
      PlannedRun& run = runs_[*at];
      const auto parent = static_cast<std::size_t>(run.parent);
      if (run.parent >= 0 && failed_.contains(parent)) {
        fail(*at, "needs " + runs_[parent].title());
      } else if (run.parent >= 0 && !runs_[parent].is_done()) {
        ++at;
        continue;
      } else if (run.is_done()) {
        ++outcome_.there;
        line_.say("already there: " + run.there.completed.string());
      } else {
        start(*at);
      }
      at = waiting_.erase(at);
    }
  }

  void start(std::size_t i) {
    const PlannedRun& run = runs_[i];
    StudyOptions own = options_;
    own.jobs = 1;
    own.threads = threads_per_job(options_);
    own.arms = {run.arm->name};
    auto arguments = arguments_of(study_, own);
    arguments.insert(arguments.end(), {"--only", str(run.arm->name, ":", run.seed)});
    line_.say(run.title() + ": begins");
    jobs_.emplace_back(i, arguments);
  }

  void listen() {
    std::vector<pollfd> outputs;
    for (const Job& job : jobs_) outputs.push_back({job.process.descriptor(), POLLIN, 0});
    ::poll(outputs.data(), outputs.size(), kPollMilliseconds);
    for (auto job = jobs_.begin(); job != jobs_.end();) {
      const auto code = job->process.exit_code();  // before the last lines are read
      for (const std::string& line : job->process.lines()) hear(*job, line);
      if (!code) {
        ++job;
        continue;
      }
      end(*job, *code);
      job = jobs_.erase(job);
    }
  }

  void hear(Job& job, const std::string& line) {
    if (line.starts_with("mueca: ")) job.last_words = line.substr(7);
    if (line.starts_with("failed: ")) job.last_words = line.substr(8);
    const std::string progress = short_progress(line);
    if (progress.empty()) return;
    job.progress = progress;
    if (!line_.live()) line_.say(runs_[job.run].title() + ": " + line);
  }

  void end(const Job& job, int code) {
    look_again(runs_, job.run, data_);
    PlannedRun& run = runs_[job.run];
    if (code == kExitOk && run.is_done()) {
      ++outcome_.made;
      const RunResults results = read_results(run.there.completed / "results.json");
      const auto& figures = results.test ? results.test : results.select;
      line_.say(run.title() + ": done" + (figures ? ", " + figures_text(*figures) : ""));
    } else if (code == kExitInterrupted && (outcome_.interrupted || interrupt_requested())) {
      line_.say(run.title() + ": stopped");
    } else {
      std::string why = job.last_words;
      if (const std::string prefix = run.title() + ": "; why.starts_with(prefix)) why.erase(0, prefix.size());
      if (why.empty()) why = code > 128 ? str("killed by signal ", code - 128) : str("exit code ", code);
      fail(job.run, why);
    }
  }

  void fail(std::size_t i, const std::string& why) {
    failed_.insert(i);
    outcome_.failed.push_back(runs_[i].title() + ": " + why);
    line_.say("failed: " + outcome_.failed.back());
  }

  void draw() {
    std::string text = str(outcome_.there + outcome_.made, "/", total_, " done");
    if (!outcome_.failed.empty()) text += str(", ", outcome_.failed.size(), " failed");
    for (const Job& job : jobs_)
      text += str(" | ", runs_[job.run].arm->name, " s", runs_[job.run].seed, " ", job.progress);
    line_.show(text);
  }

  const Study& study_;
  const StudyOptions& options_;
  DataSets data_;
  std::vector<PlannedRun> runs_;
  LiveLine line_;
  std::vector<std::size_t> waiting_;
  std::size_t total_ = 0;
  std::list<Job> jobs_;
  std::set<std::size_t> failed_;
  StudyOutcome outcome_;
};

}  // namespace

int threads_per_job(const StudyOptions& options) {
  return std::max(1, (options.threads > 0 ? options.threads : thread_count()) / options.jobs);
}

StudyOutcome run_jobs(const Study& study, const StudyOptions& options) {
  JobBoard board(study, options);
  record_run(study, options);
  return board.run();
}

}  // namespace mueca
