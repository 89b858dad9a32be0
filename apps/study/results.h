// What a study found, put together from the folders of its runs: the one source of its tables, figures, report and
// notebook. Nothing in here depends on when, where or how fast the runs ran, but for the fields named `seconds`.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "apps/run_results.h"
#include "apps/study/manifest.h"
#include "apps/study/run.h"
#include "apps/study/statistics.h"
#include "nn/metrics.h"

namespace mueca {

// One arm with one seed.
struct ArmRun {
  std::uint64_t seed = 1;
  std::filesystem::path folder;    // of the run; empty for arms that train nothing
  RunResults run;                  // as train_run recorded it
  std::vector<SplitFigures> sets;  // test split: all images, those without a twin in training, those that are faces
  std::optional<SplitFigures> training;  // the training images themselves, seen plainly: what was learned by heart
  std::vector<Index> rows;               // of the pack: the test images, ascending
  std::vector<std::int32_t> labels;      // [N]
  Tensor probabilities;                  // [N, K], calibrated where the run is
};

struct ArmResult {
  StudyArm arm;
  std::vector<ArmRun> runs;                      // in the order of the seeds; not empty
  Spread accuracy, macro_f1, calibration_error;  // over seeds, on all test images
  Spread without_twins;                          // accuracy; n = 0 where the pack cannot tell
  std::vector<double> recall;                    // [K], means over seeds
  ConfusionMatrix matrix{0};                     // summed over seeds
};

// Two arms on the same test images, first seeds.
struct Comparison {
  std::string a, b;  // names of arms
  std::int64_t n = 0;
  McNemar test;
};

enum class Verdict { reproduced, not_reproduced, not_comparable };

struct ClaimResult {
  StudyClaim claim;
  std::string arm;
  double measured = 0, low = 0, high = 0;  // ours, with its 95 % interval
  Verdict verdict = Verdict::not_comparable;
  std::string why;  // one sentence with the figures
};

// What the study looked at.
struct DataSummary {
  std::string name, sha256;
  std::vector<std::string> classes, splits, sources;
  std::vector<std::vector<std::int64_t>> count;  // [splits][classes]
};

struct StudyResults {
  std::string name, title, profile;
  std::vector<DataSummary> data;
  std::vector<ArmResult> arms;          // supporting ones left out
  std::vector<Comparison> comparisons;  // of arms that answer for the same images
  std::vector<ClaimResult> claims;
  std::vector<std::string> missing;  // "arm, seed 3: not run" of an unfinished study
};

// Reads the runs that are there; what is missing is listed, not made. Evaluations that a run's folder does not hold yet
// (other views, the training images) are made and kept there. Throws Error when nothing ran yet.
StudyResults gather_results(const Study& study, const StudyOptions& options);

// results.json: the same bytes for the same runs; times stand in one member "seconds" of each run, nothing else
// differs.
std::string study_results_json(const StudyResults& results);

}  // namespace mueca
