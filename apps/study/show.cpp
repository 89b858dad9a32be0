#include "apps/study/show.h"

#include <algorithm>
#include <map>

#include "apps/study/manifest_parts.h"
#include "apps/study/plan.h"

namespace fs = std::filesystem;

namespace mueca {
namespace {

template <class Items>
std::string joined(const Items& items, const char* between = ", ") {
  std::string out;
  for (const auto& item : items) out += str(out.empty() ? "" : between, item);
  return out;
}

Table data_table(const Study& study, const StudyOptions& options) {
  Table table{"Data", {{"name", false}, {"made from", false}, {"file", false}}, {}, {}};
  for (const StudyData& data : study.data) {
    const fs::path path = data_path(study, data, options);
    std::string how = "a pack";
    if (data.pack.empty() && data.from.empty())
      how = str("drawn faces: ", data.faces.training, " + ", data.faces.public_test, " + ", data.faces.private_test);
    if (!data.classes.empty()) how = data.from + ": classes " + joined(data.classes);
    if (data.balance > 0)
      how = str(data.from, ": ", data.balance, " per class",
                data.balance_split.empty() ? " of all images" : " of " + data.balance_split);
    if (!data.split.empty())
      how = data.from + ": split " + data.split + (data.keep_together ? ", twins and copies together" : "");
    table.add({data.name, how, path.string() + (fs::exists(path) ? "" : " (not there)")});
  }
  return table;
}

// Those of its runs that are there, by arm; nothing for arms whose pack or weights are not.
std::map<std::string, int> runs_done(const Study& manifest, StudyOptions options) {
  std::map<std::string, int> done;
  options.skip_missing = options.quiet = true;
  try {
    Study study = configured(manifest, options);
    std::erase_if(study.arms,
                  [&](const StudyArm& arm) { return !fs::exists(data_path(study, data_of(study, arm), options)); });
    DataSets data(study, options, false);
    for (const PlannedRun& run : plan_study(study, options, data)) done[run.arm->name] += run.is_done();
  } catch (const Error&) {  // `validate` says what is wrong
  }
  return done;
}

std::string model_text(const Study& study, const StudyArm& arm, const StudyOptions& options) {
  if (arm.kind == ArmKind::ensemble) return "mean of " + joined(arm.members);
  if (arm.kind == ArmKind::checkpoint) return arm.checkpoint;
  const RunConfig c = arm_config(study, arm, arm.seeds.front(), options);
  if (arm.kind == ArmKind::svm) return c.svm.features + ", " + c.svm.kernel + " support vector machine";
  if (arm.kind == ArmKind::majority) return "frequencies of the classes";
  std::string text = c.model.name;
  if (!c.model.variant.empty()) text += " " + c.model.variant;
  if (c.model.depth > 0) text += str(" ", c.model.depth);
  if (c.model.width != 1) text += " x" + field_text(c.model.width);
  return text + str(", ", c.model.size, " px");
}

Table arms_of(const Study& study, const Study& manifest, const StudyOptions& options) {
  Table table{"Arms",
              {{"arm", false},
               {"model", false},
               {"data", false},
               {"seeds", false},
               {"epochs"},
               {"starts from", false},
               {"views", false},
               {"there", false}},
              {},
              {}};
  auto done = runs_done(manifest, options);
  for (const StudyArm& arm : study.arms) {
    const bool network = arm.kind == ArmKind::network;
    table.add({arm.name + (arm.supporting ? " (supporting)" : ""), model_text(study, arm, options), arm.data,
               trains(arm.kind) || arm.kind == ArmKind::ensemble ? joined(arm.seeds) : "-",
               network ? str(arm_config(study, arm, 1, options).train.epochs) : "-",
               arm.start_from.empty() ? fs::path(arm.weights).filename().string() : arm.start_from, arm.views,
               trains(arm.kind) ? str(done[arm.name], " of ", arm.seeds.size()) : "-"});
  }
  return table;
}

Table claims_of(const Study& study) {
  Table table{"Claims", {{"arm", false}, {"claimed %"}, {"of", false}, {"protocol", false}, {"source", false}}, {}, {}};
  for (const StudyArm& arm : study.arms)
    for (const StudyClaim& claim : arm.claims) {
      table.add({arm.name, percent(claim.value, 1) + (claim.spread > 0 ? " ± " + percent(claim.spread, 1) : ""),
                 (claim.measure == "accuracy" ? "" : claim.measure + ", ") + claim.test_set, claim.protocol,
                 claim.source});
      if (!claim.not_comparable.empty())
        table.notes.push_back(str(arm.name, ", ", percent(claim.value, 1), ": not comparable: ", claim.not_comparable));
    }
  return table;
}

Table benchmarks_of(const Study& study) {
  Table table{"Benchmarks", {{"benchmark", false}, {"results", false}, {"made by", false}}, {}, {}};
  for (const StudyBenchmark& benchmark : study.benchmarks)
    table.add({benchmark.name, fs::path(benchmark.results).filename().string(), benchmark.made_by});
  return table;
}

Table profiles_of(const Study& study) {
  Table table{
      "Profiles", {{"profile", false}, {"seeds", false}, {"limit"}, {"leaves out", false}, {"about", false}}, {}, {}};
  for (const StudyProfile& profile : study.profiles)
    table.add({profile.name + (profile.name == study.default_profile ? " (default)" : ""),
               profile.seeds.empty() ? "the arms'" : joined(profile.seeds), profile.limit.empty() ? "-" : profile.limit,
               profile.skip.empty() ? "-" : joined(profile.skip), profile.about});
  return table;
}

}  // namespace

std::string study_heading(const Study& study, const StudyOptions& options) {
  return study.title + (study.about.empty() ? "" : "\n" + study.about) + "\n" + study.file + ", profile " +
         with_profile(study, options.profile).profile;
}

std::vector<Table> study_tables(const Study& manifest, const StudyOptions& options) {
  const Study study = with_profile(manifest, options.profile);
  std::vector<Table> tables;
  for (Table& table : std::vector<Table>{data_table(study, options), arms_of(study, manifest, options),
                                         claims_of(study), benchmarks_of(study), profiles_of(study)})
    if (!table.rows.empty()) tables.push_back(table);
  return tables;
}

std::string configurations_text(const Study& manifest, const StudyOptions& options) {
  StudyOptions own = options;
  own.skip_missing = true;
  const Study study = configured(manifest, own);
  std::string out;
  for (const StudyArm& arm : study.arms)
    for (const std::uint64_t seed : trains(arm.kind) ? arm.seeds : std::vector<std::uint64_t>()) {
      out += str(out.empty() ? "" : "\n", "# ", arm.name, ", seed ", seed);
      if (!arm.start_from.empty()) out += ", starts from the weights of " + arm.start_from;
      out += "\n" + config_text(arm_config(study, arm, seed, options));
    }
  for (const std::string& arm : study.left_out) out += "\n# left out: " + arm + "\n";
  return out;
}

}  // namespace mueca
