// What a study found, put together from the folders of its runs: the one source of its tables, figures, report and
// notebook. Nothing in here depends on when, where or how fast the runs ran, but for the fields named `seconds`.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/run_results.h"
#include "apps/study/benchmarks.h"
#include "apps/study/manifest.h"
#include "apps/study/run.h"
#include "apps/study/statistics.h"
#include "nn/metrics.h"

namespace mueca {

// One arm with one seed.
struct ArmRun {
  std::uint64_t seed = 1;
  std::filesystem::path folder;    // of the run; empty for arms that train nothing
  RunResults run;                  // as train_run recorded it; of other arms what is known
  std::vector<SplitFigures> sets;  // test split: all images, those without a twin in training, those that are faces
  std::optional<SplitFigures> training;  // the training images themselves, seen plainly: what was learned by heart
  std::vector<Index> rows;               // of the pack: the test images, ascending
  std::vector<std::int32_t> labels;      // [N]
  Tensor probabilities;                  // [N, K], calibrated where the run is
};

struct ArmResult {
  StudyArm arm;
  std::vector<ArmRun> runs;                      // in the order of the seeds; not empty
  std::string tested_on;                         // split; the selection split where there is no test split
  std::string chosen_on;                         // split that chose the epoch, or "last epoch", "unknown", "-"
  std::string views;                             // as the test images were seen
  std::string test_note;                         // what a reader must know about the test images, or empty
  std::string limit;                             // data.limit of its runs; empty: all images
  Spread accuracy, macro_f1, calibration_error;  // over seeds, on all test images
  Interval test_interval;                        // Wilson's at the mean accuracy: the luck of the test images
  Spread without_twins, faces;                   // accuracy on subsets; n = 0 where the pack cannot tell
  std::vector<double> recall;                    // [K], means over seeds
  ConfusionMatrix matrix{1};                     // summed over seeds
};

// Two arms on the same test images: the first seed that both ran with, else the first of each.
struct Comparison {
  std::string a, b;  // names of arms
  std::uint64_t seed_a = 1, seed_b = 1;
  std::int64_t n = 0;
  McNemar test;
  double p_holm = 1;  // the exact p, corrected for the number of comparisons of the study (Holm 1979)
};

enum class Verdict { reproduced, not_reproduced, not_comparable };
std::string_view name_of(Verdict verdict);  // "not reproduced" ...

struct ClaimResult {
  StudyClaim claim;
  std::string arm;
  double measured = 0, low = 0, high = 0;  // ours, with its 95 % interval; NaN when it was not measured
  Verdict verdict = Verdict::not_comparable;
  std::string why;           // one sentence with the figures
  std::string made_of = {};  // what the claimed number is made of, with our figures; may be empty
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
  std::vector<ArmResult> arms;  // supporting ones left out
  std::vector<BenchmarkResult> benchmarks;
  std::vector<Comparison> comparisons;  // of arms that answer for the same images
  std::vector<ClaimResult> claims;
  std::vector<std::string> missing;  // "arm, seed 3: not run" of an unfinished study
};

// Reads the runs that are there; what is missing is listed, not made. Evaluations that are not kept yet are made and
// kept in the run's folder evaluation/. Throws Error when nothing ran yet, and Error("interrupted") after Ctrl-C.
StudyResults gather_results(const Study& study, const StudyOptions& options);

// results.json: the same bytes for the same runs; times stand in one member "seconds" of each run, nothing else
// differs.
std::string study_results_json(const StudyResults& results);

// Into the study's folder, each atomically: results.json, and the tables of study/tables.h as results, recall, claims
// and comparisons, and benchmark-NAME, each .md .csv .tex .html; those of arms only if there are any.
void write_results(const std::filesystem::path& study_folder, const StudyResults& results);

}  // namespace mueca
