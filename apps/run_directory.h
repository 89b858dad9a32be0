// The folder of one run: <out>/<study>/<experiment>/<UTC yyyymmdd-HHMMSS>-s<seed>/, never written twice. Holds
//   config.toml cmdline.txt env.json train.log metrics.jsonl summary.csv events.out.tfevents.* predictions.csv
//   results.json plots/{curves,confusion}.{svg,png} plots/confusion.csv checkpoints/{last,best}.h5
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "apps/progress.h"
#include "apps/run_config.h"
#include "apps/run_results.h"
#include "apps/tensorboard.h"

namespace mueca {

class RunDirectory {
 public:
  // A new folder; a name that is taken gets -1, -2 ... Writes config.toml, cmdline.txt and results.json (RUNNING).
  static RunDirectory create(const RunConfig& config, const std::string& command_line);
  // An existing one, to go on in. Throws Error when there is no config.toml.
  static RunDirectory open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path checkpoint(const char* name) const {
    return path_ / "checkpoints" / (std::string(name) + ".h5");
  }
  // What config.toml says; its origin in complaints is that file.
  std::vector<Assignment> assignments() const;

  void write(const char* name, std::string_view bytes) const;  // atomically
  void write_results(const RunResults& results) const { write("results.json", results_json(results)); }
  void log(const std::string& line) const;  // appends to train.log

  // Drops recorded epochs after the first `epochs`: they ran, but no checkpoint holds them.
  void keep_epochs(int epochs);
  // One line each in metrics.jsonl and summary.csv, and TensorBoard's scalars.
  void record(const EpochFigures& figures);

 private:
  explicit RunDirectory(std::filesystem::path path) : path_(std::move(path)) {}
  void append(const char* name, const std::string& line) const;

  std::filesystem::path path_;
  std::shared_ptr<EventWriter> events_;  // opened with the first epoch
};

// What speaks for a run: the checkpoint that the selection chose, or without a selection the last one.
std::filesystem::path kept_checkpoint(const std::filesystem::path& run);

// The newest run of this experiment whose results carry this identity (run_config.h), with a checkpoint to go on from
// or, if `completed`, with status COMPLETED; empty when there is none.
std::filesystem::path newest_run(const RunConfig& config, const std::string& identity, bool completed);

}  // namespace mueca
