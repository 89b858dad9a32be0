// From folders of runs to StudyResults: finds each arm's runs as run_study does, evaluates what is not kept yet, and
// works everything else out from probabilities.
#include <algorithm>

#include "apps/evaluation.h"
#include "apps/interrupt.h"
#include "apps/run_plan.h"
#include "apps/scores.h"
#include "apps/study/answerer.h"
#include "apps/study/made_of.h"
#include "apps/study/results.h"
#include "apps/study/verdict.h"
#include "core/error.h"
#include "core/ops.h"
#include "core/parallel.h"
#include "data/info.h"

namespace fs = std::filesystem;

namespace mueca {
namespace {

constexpr const char* kMostTrainingImages = "5000";  // evenly spread, for what was learned by heart

DataSummary summary_of(const std::string& name, const Pack& pack) {
  DataSummary out{name, pack.sha256, pack.class_names, pack.split_names, {}, {}};
  for (const std::string& source : pack.source_names) out.sources.push_back(fs::path(source).filename().string());
  for (const auto& split : count_classes(pack)) out.count.emplace_back(split.begin(), split.end());
  return out;
}

class Gatherer {
 public:
  Gatherer(const Study& study, const StudyOptions& options)
      : study_(study), options_(options), packs_(study, options, false), answerers_(study, options) {}

  StudyResults gather() {
    out_.name = study_.name;
    out_.title = study_.title;
    out_.profile = study_.profile;
    out_.missing = study_.left_out;
    for (const StudyArm& arm : study_.arms) gather_arm(arm);
    for (const StudyBenchmark& benchmark : study_.benchmarks) out_.benchmarks.push_back(read_benchmark(benchmark));
    check(!study_.arms.empty() || !out_.benchmarks.empty(), "study ", study_.name,
          ": nothing to report yet: ", out_.missing.empty() ? "" : out_.missing.front());
    check(study_.arms.empty() || !out_.arms.empty(), "study ", study_.name, ": nothing to report yet: no run in ",
          study_folder(study_, options_).string(), " is completed; start them with mueca study run ", study_.name);
    for (const ArmResult& arm : out_.arms)
      for (const StudyClaim& claim : arm.arm.claims) {
        out_.claims.push_back(judge(claim, arm));
        out_.claims.back().made_of = filled_in(claim.made_of, out_.arms);
      }
    out_.comparisons = compare_arms(out_.arms);
    return std::move(out_);
  }

 private:
  // The data set, or nullptr when its file is not there yet: then nothing ran on it.
  const Pack* pack_of(const StudyArm& arm) {
    const StudyData& data = data_of(study_, arm);
    if (data.pack.empty() && !fs::exists(data_path(study_, data, options_))) return nullptr;
    const Pack& pack = packs_.of(arm);
    if (std::ranges::find(out_.data, data.name, &DataSummary::name) == out_.data.end())
      out_.data.push_back(summary_of(data.name, pack));
    return &pack;
  }

  // Whether a claim asks what the arm learned by heart, be it in words that some claim is told in.
  bool wants_training(const StudyArm& arm) const {
    constexpr const char* kTraining = "training_accuracy";
    for (const StudyArm& other : study_.arms)
      for (const StudyClaim& claim : other.claims) {
        if (other.name == arm.name && claim.measure == kTraining) return true;
        for (const Placeholder& told : placeholders_of(claim.made_of))
          if (told.arm == arm.name && told.measure == kTraining) return true;
      }
    return false;
  }

  void gather_arm(const StudyArm& arm) {
    ArmResult result;
    result.arm = arm;
    for (const std::uint64_t seed : arm.seeds) {
      std::string why;
      const Pack* pack = pack_of(arm);
      auto answerer = pack ? answerers_.find(arm, seed, *pack, why) : std::nullopt;
      if (!pack) why = "not run";
      if (!answerer) {
        out_.missing.push_back(str(arm.name, ", seed ", seed, ": ", why));
        continue;
      }
      if (!arm.supporting) add(result, *pack, *answerer);
    }
    if (result.runs.empty()) return;
    sum_up(result);
    out_.arms.push_back(std::move(result));
  }

  void add(ArmResult& result, const Pack& pack, const Answerer& answerer) const {
    ArmRun run = answerer.run;
    const Tensor logits = answer(answerer, pack, run.rows, answerer.tested_on, false, options_.quiet);
    const Evaluation seen = evaluate(pack, answerer.tested_on, run.rows, logits);
    run.sets = seen.sets;
    run.labels = labels_of(pack, run.rows);
    run.probabilities = softmax(logits);
    if (wants_training(result.arm)) {
      const auto rows = limited_rows(answerer.training_rows, kMostTrainingImages);
      const std::string& split = answerer.training_split;
      run.training = score(pack, rows, split, answer(answerer, pack, rows, split, true, options_.quiet));
    }
    result.views = std::ranges::all_of(answerer.voices, &Voice::machine) ? "center" : result.arm.views;
    result.tested_on = answerer.tested_on;
    result.chosen_on = answerer.chosen_on;
    result.limit = answerer.limit;
    if (!seen.notes.empty()) result.test_note = seen.notes.front();
    result.runs.push_back(std::move(run));
  }

  const Study& study_;
  const StudyOptions& options_;
  StudyResults out_;
  DataSets packs_;
  Answerers answerers_;
};

}  // namespace

StudyResults gather_results(const Study& study, const StudyOptions& options) {
  if (options.threads > 0) set_thread_count(options.threads);
  const InterruptGuard guard;
  return Gatherer(study, options).gather();
}

}  // namespace mueca
