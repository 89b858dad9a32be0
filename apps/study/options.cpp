#include "apps/study/options.h"

#include <algorithm>
#include <map>
#include <set>

#include "apps/study/manifest_parts.h"
#include "core/error.h"
#include "core/files/share.h"
#include "core/nearest.h"

namespace fs = std::filesystem;

namespace mueca {
namespace {

// Where a file that the manifest names is; or, when it is nowhere, the file of its kind beside those places that it may
// be.
struct Found {
  fs::path path;
  std::string hint;  // `, did you mean "x.h5"?`
};

Found find_file(const std::string& name, const std::vector<fs::path>& folders) {
  std::vector<std::string> others;
  for (const fs::path& folder : folders) {
    const fs::path path = folder / name;  // an absolute name stays as it is
    std::error_code error;
    if (fs::is_regular_file(path, error)) return {folder.empty() ? fs::path(name) : path, ""};
    const fs::path around = path.has_parent_path() ? path.parent_path() : fs::path(".");
    for (fs::directory_iterator at(around, error), end; !error && at != end; at.increment(error))
      if (at->path().extension() == path.extension()) others.push_back(at->path().filename().string());
  }
  std::sort(others.begin(), others.end());
  return {{}, did_you_mean(fs::path(name).filename().string(), others)};
}

class Configurator {
 public:
  Configurator(const Study& manifest, const StudyOptions& options)
      : options_(options), study_(with_profile(manifest, options.profile)), complaints_(manifest.file) {}

  Study configure() {
    choose_arms();
    choose_seeds();
    if (!options_.limit.empty())
      for (StudyArm& arm : study_.arms) arm.values.push_back({"data.limit", options_.limit, "--limit"});
    place_files();
    find_packs();
    find_benchmarks();
    for (StudyArm& arm : study_.arms) find_arm_files(arm);
    if (options_.skip_missing)
      leave_out();
    else
      complaints_.throw_if_any();
    return std::move(study_);
  }

 private:
  void need(const std::string& name, std::set<std::string>& wanted) const {
    if (!wanted.insert(name).second) return;
    const StudyArm& arm = *find_arm(study_, name);
    if (!arm.start_from.empty()) need(arm.start_from, wanted);
    for (const std::string& member : arm.members) need(member, wanted);
  }

  void choose_arms() {
    if (options_.arms.empty()) return;
    std::set<std::string> wanted;
    for (const std::string& name : options_.arms) {
      std::string known;
      for (const auto& each : arm_names(study_)) known += " " + each;
      const std::string hint = did_you_mean(name, arm_names(study_));
      check(find_arm(study_, name), "--arms: no arm \"", name, "\" in ", study_.name, ", profile ", study_.profile,
            hint.empty() ? ";" : hint, " there are:", known);
      need(name, wanted);
    }
    std::erase_if(study_.arms, [&](const StudyArm& arm) { return !wanted.contains(arm.name); });
  }

  void choose_seeds() {
    if (options_.seeds.empty()) return;
    for (StudyArm& arm : study_.arms)
      if (!arm.supporting && (trains(arm.kind) || arm.kind == ArmKind::ensemble)) arm.seeds = options_.seeds;
  }

  // --data
  void place_files() {
    std::map<std::string, std::string*> files;  // what may be named
    for (StudyData& data : study_.data)
      if (!data.pack.empty()) files[data.name] = &data.pack;
    for (StudyBenchmark& benchmark : study_.benchmarks) files[benchmark.name] = &benchmark.results;
    std::vector<std::string> names;
    std::string known;
    for (const auto& [name, file] : files) names.push_back(name), known += " " + name;
    for (auto [name, file] : options_.packs) {
      if (name.empty()) {
        check(names.size() == 1, "--data ", file, ": the study has ", names.size(), " data sets that are files",
              names.empty() ? "" : "; say which: --data NAME=" + file + ", with NAME:", known);
        name = names.front();
      }
      const std::string hint = did_you_mean(name, names);
      check(files.contains(name), "--data: no data set \"", name, "\" that is a file", hint.empty() ? ";" : hint,
            " there are:", known);
      check(fs::is_regular_file(file), "--data: no file ", file);
      *files[name] = file;
    }
  }

  // What nobody measured yet is no mistake: the report says that it is missing.
  void find_benchmarks() {
    for (StudyBenchmark& benchmark : study_.benchmarks) {
      const Found found = find_file(benchmark.results, {"", fs::path(study_.file).parent_path()});
      if (found.path.empty())
        study_.left_out.push_back(str(benchmark.name, ": ", fs::path(benchmark.results).filename().string(),
                                      " is not there; it is made by ", benchmark.made_by));
      benchmark.results = found.path.string();
    }
    std::erase_if(study_.benchmarks, [](const StudyBenchmark& benchmark) { return benchmark.results.empty(); });
  }

  void find_packs() {
    std::set<std::string> used;
    for (const StudyArm& arm : study_.arms)
      for (std::string name = arm.data; !name.empty() && used.insert(name).second;) {
        const auto data = std::find_if(study_.data.begin(), study_.data.end(),
                                       [&](const StudyData& each) { return each.name == name; });
        name = data->from;
      }
    for (StudyData& data : study_.data) {
      if (data.pack.empty() || !used.contains(data.name)) continue;
      const Found found = find_file(data.pack, {"", fs::path(study_.file).parent_path()});
      if (!found.path.empty()) {
        data.pack = found.path.string();
        continue;
      }
      const std::string what = str("no pack ", data.pack, found.hint);
      missing_data_[data.name] = what;
      complaints_.add(data.line,
                      str("data.", data.name, ": ", what, found.hint.empty() ? ";" : "",
                          " make it with mueca data import, or say where it is: --data ", data.name, "=FILE"));
    }
    for (const StudyData& data : study_.data)
      if (!data.from.empty() && missing_data_.contains(data.from))
        missing_data_[data.name] = missing_data_.at(data.from);
  }

  void find_arm_files(StudyArm& arm) {
    const fs::path beside = fs::path(study_.file).parent_path();
    if (!arm.weights.empty()) {
      std::vector<fs::path> folders{"", beside};
      if (!options_.weights.empty()) folders.insert(folders.begin(), options_.weights);
      const Found found = find_file(arm.weights, folders);
      if (found.path.empty()) {
        missing_arm_[arm.name] = str("no weights ", arm.weights, found.hint);
        complaints_.add(arm.file_line,
                        str("arm ", arm.name, ": ", missing_arm_[arm.name], found.hint.empty() ? ";" : "",
                            " Keras publishes a file of that name with keras.applications: put it into a folder and "
                            "say which with --weights DIR"));
      }
      arm.weights = found.path.string();
    }
    if (!arm.checkpoint.empty()) {
      const fs::path shipped = share_folder("weights") / fs::path(arm.checkpoint).filename();
      Found found = find_file(arm.checkpoint, {"", beside});
      if (found.path.empty()) found = find_file(shipped.string(), {""});
      if (found.path.empty()) {
        missing_arm_[arm.name] = str("no checkpoint ", arm.checkpoint, found.hint);
        complaints_.add(arm.file_line, str("arm ", arm.name, ": ", missing_arm_[arm.name]));
      }
      arm.checkpoint = found.path.string();
    }
  }

  // Arms without their files, and those that need them.
  void leave_out() {
    std::map<std::string, std::string> gone;
    for (const StudyArm& arm : study_.arms) {
      std::string why;
      if (missing_data_.contains(arm.data)) why = missing_data_.at(arm.data);
      if (missing_arm_.contains(arm.name)) why = missing_arm_.at(arm.name);
      std::vector<std::string> needs = arm.members;
      if (!arm.start_from.empty()) needs.push_back(arm.start_from);
      for (const std::string& need : needs)
        if (gone.contains(need) && why.empty()) why = "needs " + need;
      if (why.empty()) continue;
      gone[arm.name] = why;
      study_.left_out.push_back(arm.name + ": " + why);
    }
    std::erase_if(study_.arms, [&](const StudyArm& arm) { return gone.contains(arm.name); });
    if (study_.arms.empty()) complaints_.throw_if_any();
  }

  const StudyOptions& options_;
  Study study_;
  Complaints complaints_;
  std::map<std::string, std::string> missing_data_, missing_arm_;  // name -> what is missing
};

}  // namespace

std::vector<std::uint64_t> parse_seeds(const std::string& text) {
  std::vector<std::uint64_t> seeds;
  std::string_view rest = text;
  const auto number = [&](std::string_view digits) {
    std::uint64_t value = 0;
    try {
      parse_field("seeds", digits, value);
    } catch (const Error&) {
      throw Error("seeds: expected numbers such as 1,2,3 or 1-3, got \"" + text + "\"");
    }
    return value;
  };
  do {
    const std::string_view item = rest.substr(0, rest.find(','));
    const auto dash = item.find('-');
    const std::uint64_t first = number(item.substr(0, dash));
    const std::uint64_t last = dash == std::string_view::npos ? first : number(item.substr(dash + 1));
    check(first <= last && last <= INT64_MAX && last - first < 1000, "seeds: expected a rising range of at most 1000, ",
          "got \"", item, "\"");
    for (std::uint64_t seed = first; seed <= last; ++seed)
      if (std::find(seeds.begin(), seeds.end(), seed) == seeds.end()) seeds.push_back(seed);
    check(seeds.size() <= 1000, "seeds: expected at most 1000");
    if (item.size() == rest.size()) break;
    rest.remove_prefix(item.size() + 1);
  } while (true);
  return seeds;
}

Study configured(const Study& manifest, const StudyOptions& options) {
  return Configurator(manifest, options).configure();
}

fs::path study_folder(const Study& study, const StudyOptions& options) { return fs::path(options.out) / study.name; }

}  // namespace mueca
