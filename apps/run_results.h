// results.json: how a run ended and what it measured. A study's table is made from these files alone.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace mueca {

enum class RunStatus { running, completed, interrupted, failed };  // RUNNING left behind: the process died
std::string_view name_of(RunStatus status);                        // "RUNNING" ...

// One split under the best checkpoint; shares in [0, 1].
struct SplitFigures {
  std::string split;
  std::int64_t n = 0;
  double accuracy = 0, low = 0, high = 0;  // with Wilson's 95 % interval
  double macro_f1 = 0;
  double loss = 0;
  double calibration_error = 0;  // ECE, 15 bins
};

struct RunResults {
  RunStatus status = RunStatus::running;
  std::string reason;  // of a failure, one sentence
  std::string model;
  std::int64_t parameters = 0, trainable = 0;
  int epochs_done = 0, best_epoch = 0;
  std::optional<SplitFigures> select, test;
  double seconds = 0;  // training and validation, all sittings of a resumed run
  double images_per_second = 0;
  double peak_memory_gib = 0;
  std::string data_sha256, identity;  // of the pack; of all that decides the result (run_config.h)
};

std::string results_json(const RunResults& results);
// Throws Error naming the file when it is not such a file.
RunResults read_results(const std::filesystem::path& path);

}  // namespace mueca
