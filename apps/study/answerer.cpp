#include "apps/study/answerer.h"

#include <algorithm>
#include <cmath>
#include <iostream>

#include "apps/evaluation.h"
#include "apps/interrupt.h"
#include "apps/run_directory.h"
#include "apps/run_plan.h"
#include "apps/scores.h"
#include "apps/study/kept_logits.h"
#include "core/error.h"
#include "core/files/sha256.h"

namespace fs = std::filesystem;

namespace mueca {
namespace {

// [N, K] whose softmax is `frequencies`, which sum to 1; a class that never came gets next to nothing.
Tensor constant_logits(const std::vector<float>& frequencies, Index n) {
  const auto classes = static_cast<Index>(frequencies.size());
  Tensor out({n, classes});
  for (Index i = 0; i < n * classes; ++i)
    out.data()[i] = std::log(std::max(frequencies[static_cast<std::size_t>(i % classes)], 1e-30f));
  return out;
}

// The images that it answers for.
Answerer seeing(std::uint64_t seed, const DataChoice& data, std::vector<Index> training, const std::vector<Index>& test,
                const std::vector<Index>& select) {
  Answerer out;
  out.run.seed = seed;
  out.run.rows = test.empty() ? select : test;
  out.training_rows = std::move(training);
  out.tested_on = test.empty() ? data.select_on : data.test_on;
  out.limit = data.limit;
  out.training_split = data.train_on;
  return out;
}

}  // namespace

std::optional<Answerer> Answerers::find(const StudyArm& arm, std::uint64_t seed, const Pack& pack, std::string& why) {
  auto found = trains(arm.kind)                ? find_run(arm, seed, pack, why)
               : arm.kind == ArmKind::ensemble ? find_members(arm, seed, why)
                                               : find_untrained(arm, seed, pack);
  if (found && found->run.rows.empty()) {
    why = "neither a test nor a selection split";
    return {};
  }
  if (found) found_[arm.name].push_back(*found);
  return found;
}

std::optional<Answerer> Answerers::find_run(const StudyArm& arm, std::uint64_t seed, const Pack& pack,
                                            std::string& why) const {
  RunConfig config = arm_config(study_, arm, seed, options_);
  if (!arm.start_from.empty()) {
    const auto start = found_.find(arm.start_from);
    if (start != found_.end()) config.run.init_weights = handed_on_weights(start->second.front().run.folder);
    if (start == found_.end() || !fs::exists(config.run.init_weights)) {
      why = "not run: waits for " + arm.start_from;
      return {};
    }
  }
  const RunPlan plan = plan_run(config, pack);
  const RunsThere there = runs_there(plan, pack);
  if (there.completed.empty()) {
    why = "not run";
    if (!there.unfinished.empty()) {
      const RunResults stopped = read_results(there.unfinished / "results.json");
      why = str(stopped.status == RunStatus::failed ? "failed" : "unfinished", ", ", stopped.epochs_done, " of ",
                plan.config.train.epochs, " epochs", stopped.reason.empty() ? "" : ": " + stopped.reason);
    }
    return {};
  }
  const bool machine = arm.kind == ArmKind::svm;
  Answerer out = seeing(seed, plan.config.data, plan.train_rows, plan.test_rows, plan.select_rows);
  out.voices.push_back(
      {kept_checkpoint(there.completed), there.completed / "evaluation", machine ? "center" : arm.views, machine, {}});
  out.run.folder = there.completed;
  out.run.run = read_results(there.completed / "results.json");
  out.chosen_on = plan.select_rows.empty() ? "last epoch" : plan.config.data.select_on;
  return out;
}

// A checkpoint from elsewhere, or the frequencies of the classes.
std::optional<Answerer> Answerers::find_untrained(const StudyArm& arm, std::uint64_t seed, const Pack& pack) const {
  const DataChoice data = arm_config(study_, arm, seed, options_).data;
  std::optional<PackReader> reader;
  if (arm.kind == ArmKind::checkpoint) reader.emplace(arm.checkpoint, pack);
  const auto rows = [&](const std::string& split) {
    if (!pack.has_split(split)) return std::vector<Index>();
    const auto all = pack.rows_of(split);
    return limited_rows(reader ? reader->rows(all) : all, data.limit);
  };
  Answerer out = seeing(seed, data, rows(data.train_on), rows(data.test_on), rows(data.select_on));
  out.run.run.status = RunStatus::completed;
  out.run.run.model = reader ? reader->name() : std::string(name_of(arm.kind));
  out.chosen_on = "-";
  if (reader) {
    const Model* network = reader->network();
    out.voices.push_back({arm.checkpoint,
                          study_folder(study_, options_) / "evaluation" / arm.name,
                          network ? arm.views : "center",
                          !network,
                          {}});
    if (network) out.run.run.parameters = network->parameters.value_count();
    // Where it was calibrated is where its epoch was chosen, if mueca trained it.
    out.chosen_on = network && !network->calibration.split.empty() ? network->calibration.split : "unknown";
  } else {
    std::vector<float> frequencies(pack.class_names.size());
    for (const std::int32_t label : labels_of(pack, out.training_rows))
      frequencies[static_cast<std::size_t>(label)] += 1 / static_cast<float>(out.training_rows.size());
    out.voices.push_back({{}, {}, "center", true, frequencies});
  }
  return out;
}

// The members' answers of the same seed; those that train nothing answer for every seed.
std::optional<Answerer> Answerers::find_members(const StudyArm& arm, std::uint64_t seed, std::string& why) const {
  static const std::vector<Answerer> none;
  Answerer out;
  for (const std::string& name : arm.members) {
    const bool any_seed = !trains(find_arm(study_, name)->kind);
    const auto found = found_.find(name);
    const Answerer* member = nullptr;
    for (const Answerer& candidate : found == found_.end() ? none : found->second)
      if (candidate.run.seed == seed || any_seed) member = &candidate;
    if (!member) {
      why = "waits for " + name;
      return {};
    }
    if (out.voices.empty()) {
      out = *member;
      out.run.folder.clear();
      out.run.seed = seed;
      out.run.run = {};
      out.run.run.status = RunStatus::completed;
      out.run.run.model = str("ensemble of ", arm.members.size());
      out.voices.clear();
    }
    check(member->run.rows == out.run.rows, "study ", study_.name, ": ", arm.name, ": ", name,
          " answers for other images than ", arm.members.front());
    out.voices.insert(out.voices.end(), member->voices.begin(), member->voices.end());
    out.run.run.parameters += member->run.run.parameters;
    out.run.run.trainable += member->run.run.trainable;
    out.run.run.seconds += member->run.run.seconds;
    if (out.chosen_on.find(member->chosen_on) == std::string::npos) out.chosen_on += " and " + member->chosen_on;
  }
  for (Voice& voice : out.voices)
    if (!voice.machine) voice.views = arm.views;
  return out;
}

Tensor answer(const Answerer& answerer, const Pack& pack, const std::vector<Index>& rows, const std::string& split,
              bool plainly, bool quiet) {
  std::vector<Tensor> members;
  for (const Voice& voice : answerer.voices) {
    if (!voice.frequencies.empty()) {
      members.push_back(constant_logits(voice.frequencies, static_cast<Index>(rows.size())));
      continue;
    }
    const std::string views = plainly ? "center" : voice.views;
    const LogitsKey key{sha256_file(voice.checkpoint), pack.sha256, views, rows, pack.class_names};
    members.push_back(kept_logits(voice.evaluations / str(split, "-", views, ".csv"), key, [&] {
      if (!quiet)
        std::cerr << "evaluating " << voice.checkpoint.string() << " on " << split << ", " << rows.size() << " images, "
                  << views << "\n";
      return PackReader(voice.checkpoint.string(), pack).logits(rows, parse_views(views), 128, &interrupt_requested());
    }));
  }
  return ensemble_logits(members);
}

}  // namespace mueca
