#include "apps/run_directory.h"

#include <algorithm>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>

#include "apps/table.h"
#include "core/error.h"
#include "core/files/atomic_file.h"

namespace fs = std::filesystem;

namespace mueca {
namespace {

constexpr std::size_t kLargestRecord = 64 << 20;

std::string utc_stamp() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y%m%d-%H%M%S", &utc);
  return text;
}

fs::path experiment_folder(const RunConfig& config) {
  return fs::path(config.run.out) / config.run.study / (config.run.name.empty() ? config.model.name : config.run.name);
}

// Makes a folder that was not there before, whoever else starts a run in the same second.
fs::path make_new_folder(const fs::path& parent, const std::string& name) {
  std::error_code error;
  fs::create_directories(parent, error);
  check(!error, parent.string(), ": cannot be made: ", error.message());
  for (int n = 0; n < 10000; ++n) {
    const fs::path path = parent / (n == 0 ? name : str(name, "-", n));
    if (fs::create_directory(path, error)) return path;
    check(!error, path.string(), ": cannot be made: ", error.message());
  }
  throw Error(str((parent / name).string(), ": no free name for a run"));
}

const char* const kSummaryHeader =
    "epoch,train_loss,train_accuracy,select_loss,select_accuracy,best_accuracy,best_epoch,learning_rate,gradient_norm,"
    "images_per_second,seconds\n";

std::string first_lines(const std::string& text, int lines) {
  std::size_t end = 0;
  while (lines-- > 0 && end < text.size()) {
    const auto newline = text.find('\n', end);
    end = newline == std::string::npos ? text.size() : newline + 1;
  }
  return text.substr(0, end);
}

}  // namespace

RunDirectory RunDirectory::create(const RunConfig& config, const std::string& command_line) {
  RunDirectory run(make_new_folder(experiment_folder(config), str(utc_stamp(), "-s", config.run.seed)));
  fs::create_directory(run.path_ / "checkpoints");
  run.write("config.toml", config_text(config));
  run.write("cmdline.txt", command_line + "\n");
  run.write_results({});
  return run;
}

RunDirectory RunDirectory::open(const fs::path& path) {
  check(fs::is_regular_file(path / "config.toml"), path.string(), ": not the folder of a run: it has no config.toml");
  return RunDirectory(path);
}

std::vector<Assignment> RunDirectory::assignments() const {
  const fs::path file = path_ / "config.toml";
  return config_assignments(read_toml(file), file.string());
}

void RunDirectory::write(const char* name, std::string_view bytes) const { write_file_atomically(path_ / name, bytes); }

void RunDirectory::append(const char* name, const std::string& line) const {
  std::ofstream out(path_ / name, std::ios::binary | std::ios::app);
  out << line;
  out.flush();
  check(out.good(), (path_ / name).string(), ": cannot be written (is the disk full?)");
}

void RunDirectory::log(const std::string& line) const { append("train.log", line + "\n"); }

void RunDirectory::keep_epochs(int epochs) {
  for (const auto& [name, lines] : {std::pair{"metrics.jsonl", epochs}, std::pair{"summary.csv", epochs + 1}})
    if (fs::exists(path_ / name)) write(name, first_lines(read_file(path_ / name, kLargestRecord), lines));
}

void RunDirectory::record(const EpochFigures& f) {
  const std::pair<const char*, double> values[] = {{"train_loss", f.train_loss},
                                                   {"train_accuracy", f.train_accuracy},
                                                   {"select_loss", f.select_loss},
                                                   {"select_accuracy", f.select_accuracy},
                                                   {"best_accuracy", f.best_accuracy},
                                                   {"best_epoch", f.best_epoch},
                                                   {"learning_rate", f.learning_rate},
                                                   {"gradient_norm", f.gradient_norm},
                                                   {"images_per_second", f.images_per_second},
                                                   {"seconds", f.seconds}};
  nlohmann::ordered_json line = {{"epoch", f.epoch}};
  std::string row = str(f.epoch);
  if (!events_) events_ = std::make_shared<EventWriter>(path_);
  for (const auto& [name, value] : values) {
    line[name] = value;
    row += "," + nlohmann::ordered_json(value).dump();
    events_->scalar(f.epoch, name, static_cast<float>(value));
  }
  append("metrics.jsonl", line.dump() + "\n");
  if (!fs::exists(path_ / "summary.csv")) append("summary.csv", kSummaryHeader);
  append("summary.csv", row + "\n");
}

fs::path kept_checkpoint(const fs::path& run) {
  const fs::path best = run / "checkpoints" / "best.h5";
  return fs::exists(best) ? best : run / "checkpoints" / "last.h5";
}

fs::path newest_run(const RunConfig& config, const std::string& identity, bool completed) {
  fs::path newest;
  std::error_code error;
  for (fs::directory_iterator at(experiment_folder(config), error), end; !error && at != end; at.increment(error)) {
    const fs::path& path = at->path();
    if (path < newest || !fs::exists(path / "results.json")) continue;
    const RunResults results = read_results(path / "results.json");
    if (results.identity != identity) continue;
    if (completed ? results.status == RunStatus::completed : fs::exists(path / "checkpoints" / "last.h5"))
      newest = path;
  }
  return newest;
}

}  // namespace mueca
