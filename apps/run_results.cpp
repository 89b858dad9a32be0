#include "apps/run_results.h"

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/files/atomic_file.h"

namespace mueca {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kLargest = 1 << 20;

ordered_json json_of(const SplitFigures& f) {
  return {{"split", f.split},        {"n", f.n},
          {"accuracy", f.accuracy},  {"accuracy_low", f.low},
          {"accuracy_high", f.high}, {"macro_f1", f.macro_f1},
          {"loss", f.loss},          {"calibration_error", f.calibration_error}};
}

// JSON has no NaN: nlohmann writes null, which reads back as 0.
double number(const ordered_json& object, const char* key) {
  const auto& value = object.at(key);
  return value.is_null() ? 0 : value.get<double>();
}

SplitFigures split_of(const ordered_json& j) {
  return {j.at("split"),
          j.at("n"),
          number(j, "accuracy"),
          number(j, "accuracy_low"),
          number(j, "accuracy_high"),
          number(j, "macro_f1"),
          number(j, "loss"),
          number(j, "calibration_error")};
}

RunStatus parse_status(const std::string& text) {
  for (RunStatus status : {RunStatus::running, RunStatus::completed, RunStatus::interrupted, RunStatus::failed})
    if (text == name_of(status)) return status;
  throw Error("unknown status \"" + text + "\"");
}

}  // namespace

std::string_view name_of(RunStatus status) {
  switch (status) {
    case RunStatus::running:
      return "RUNNING";
    case RunStatus::completed:
      return "COMPLETED";
    case RunStatus::interrupted:
      return "INTERRUPTED";
    case RunStatus::failed:
      return "FAILED";
  }
  return "?";
}

std::string results_json(const RunResults& r) {
  ordered_json j = {{"status", name_of(r.status)},
                    {"reason", r.reason},
                    {"model", r.model},
                    {"parameters", r.parameters},
                    {"trainable_parameters", r.trainable},
                    {"epochs_done", r.epochs_done},
                    {"best_epoch", r.best_epoch}};
  if (r.select) j["select"] = json_of(*r.select);
  if (r.test) j["test"] = json_of(*r.test);
  j["seconds"] = r.seconds;
  j["images_per_second"] = r.images_per_second;
  j["peak_memory_gib"] = r.peak_memory_gib;
  j["data_sha256"] = r.data_sha256;
  j["identity"] = r.identity;
  return j.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

RunResults read_results(const std::filesystem::path& path) {
  const std::string text = read_file(path, kLargest);
  try {
    const auto j = ordered_json::parse(text);
    RunResults r;
    r.status = parse_status(j.at("status"));
    r.reason = j.at("reason");
    r.model = j.at("model");
    r.parameters = j.at("parameters");
    r.trainable = j.at("trainable_parameters");
    r.epochs_done = j.at("epochs_done");
    r.best_epoch = j.at("best_epoch");
    if (j.contains("select")) r.select = split_of(j["select"]);
    if (j.contains("test")) r.test = split_of(j["test"]);
    r.seconds = number(j, "seconds");
    r.images_per_second = number(j, "images_per_second");
    r.peak_memory_gib = number(j, "peak_memory_gib");
    r.data_sha256 = j.at("data_sha256");
    r.identity = j.at("identity");
    return r;
  } catch (const std::exception& error) {
    throw Error(str(path.string(), ": not a results file of a run: ", error.what()));
  }
}

}  // namespace mueca
