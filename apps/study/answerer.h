// Who answers for an arm with one seed: found among the runs as run_study finds them, or put together.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "apps/study/results.h"

namespace mueca {

// One checkpoint, and the folder where its evaluations are kept.
struct Voice {
  std::filesystem::path checkpoint, evaluations;
  std::string views;               // of the test images
  bool machine = false;            // no network: sees each image once
  std::vector<float> frequencies;  // [K]: no checkpoint, but the same answer for each image
};

// What answers for an arm with one seed: a run's checkpoint, or those of an ensemble's members.
struct Answerer {
  std::vector<Voice> voices;
  ArmRun run;  // all but its figures
  std::vector<Index> training_rows;
  std::string tested_on, chosen_on, limit, training_split;
};

// Finds the answerers of a study's arms, members of ensembles before these.
class Answerers {
 public:
  Answerers(const Study& study, const StudyOptions& options) : study_(study), options_(options) {}

  // Nothing when there is none yet; `why` says why. Reads folders, runs nothing.
  std::optional<Answerer> find(const StudyArm& arm, std::uint64_t seed, const Pack& pack, std::string& why);

 private:
  std::optional<Answerer> find_run(const StudyArm& arm, std::uint64_t seed, const Pack& pack, std::string& why) const;
  std::optional<Answerer> find_untrained(const StudyArm& arm, std::uint64_t seed, const Pack& pack) const;
  std::optional<Answerer> find_members(const StudyArm& arm, std::uint64_t seed, std::string& why) const;

  const Study& study_;
  const StudyOptions& options_;
  std::map<std::string, std::vector<Answerer>> found_;  // by arm, in the order of its seeds
};

// The mean of its voices, [N, K], as logits; `plainly`: each image seen once, whatever the arm's views. Evaluations
// that are not kept yet are made and kept. Throws Error("interrupted") after Ctrl-C.
Tensor answer(const Answerer& answerer, const Pack& pack, const std::vector<Index>& rows, const std::string& split,
              bool plainly, bool quiet);

}  // namespace mueca
