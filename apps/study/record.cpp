#include "apps/study/record.h"

#include "core/error.h"
#include "core/files/atomic_file.h"

namespace fs = std::filesystem;

namespace mueca {

std::vector<std::string> arguments_of(const Study& study, const StudyOptions& o) {
  std::vector<std::string> out{"study",     "run",          study.file, "--out",    o.out,
                               "--threads", str(o.threads), "--jobs",   str(o.jobs)};
  const auto add = [&](const char* flag, const std::string& value) {
    if (!value.empty()) out.insert(out.end(), {flag, value});
  };
  add("--device", o.compute.device);
  if (o.compute.precision != ComputeFlags().precision) add("--precision", o.compute.precision);
  add("--profile", o.profile);
  add("--limit", o.limit);
  std::string seeds, arms;
  for (const auto seed : o.seeds) seeds += str(seeds.empty() ? "" : ",", seed);
  for (const auto& arm : o.arms) arms += (arms.empty() ? "" : ",") + arm;
  add("--seeds", seeds);
  add("--arms", arms);
  for (const auto& [name, file] : o.packs) add("--data", name.empty() ? file : name + "=" + file);
  add("--weights", o.weights);
  if (o.skip_missing) out.push_back("--skip-missing");
  return out;
}

void record_run(const Study& study, const StudyOptions& options) {
  std::string list;
  for (const std::string& word : arguments_of(study, options)) list += (list.empty() ? "" : ", ") + toml_string(word);
  write_file_atomically(study_folder(study, options) / "run.toml",
                        "# What 'mueca study resume' goes on with.\narguments = [" + list + "]\n");
}

std::vector<std::string> recorded_arguments(const fs::path& study_folder) {
  const fs::path file = study_folder / "run.toml";
  std::vector<std::string> out;
  if (!fs::exists(file)) return out;
  const Toml root = read_toml(file);
  const Toml* list = root.find("arguments");
  check(list && list->kind == Toml::Kind::array, file.string(), ":1: expected arguments = [...]");
  for (const Toml& word : list->items) {
    check(word.kind == Toml::Kind::text, file.string(), ":", word.line, ": expected a string");
    out.push_back(word.value);
  }
  check(out.size() >= 3 && out[0] == "study" && out[1] == "run", file.string(), ":", list->line,
        ": expected the arguments of 'study run'");
  return out;
}

}  // namespace mueca
