#include "apps/study/manifest.h"

#include <algorithm>

#include "apps/study/made_of.h"
#include "apps/study/manifest_parts.h"
#include "core/error.h"
#include "core/files/share.h"
#include "core/nearest.h"

namespace fs = std::filesystem;

namespace mueca {

std::vector<std::string> data_names(const Study& study) {
  std::vector<std::string> names;
  for (const auto& data : study.data) names.push_back(data.name);
  return names;
}

std::vector<std::string> arm_names(const Study& study) {
  std::vector<std::string> names;
  for (const auto& arm : study.arms) names.push_back(arm.name);
  return names;
}

void expect_known(const Reader& reader, const Toml& at, std::string_view what, const std::string& name,
                  const std::vector<std::string>& names) {
  if (std::find(names.begin(), names.end(), name) == names.end())
    reader.complain(at, str(what, " \"", name, "\"", did_you_mean(name, names)));
}

// The tables of the array `key`; what is none becomes a complaint.
static std::vector<const Toml*> tables(const Reader& reader, const char* key) {
  std::vector<const Toml*> out;
  const Toml* array = reader.get(key, Toml::Kind::array);
  if (!array) return out;
  for (const Toml& item : array->items) {
    if (item.kind == Toml::Kind::table)
      out.push_back(&item);
    else
      reader.complain(item, str(key, ": expected tables [[", key, "]]"));
  }
  return out;
}

Study parse_study(const Toml& root, const std::string& file, const std::string& name) {
  Complaints complaints(file);
  const Reader reader(complaints, root, "study");
  reader.expect_keys(
      {"title", "about", "question", "default_profile", "data", "recipe", "arm", "benchmark", "profile"});
  Study study;
  study.name = name;
  study.file = file;
  study.title = reader.text("title").empty() ? name : reader.text("title");
  study.about = reader.text("about");
  study.question = reader.text("question");
  study.default_profile = reader.text("default_profile");
  for (const Toml* item : tables(reader, "benchmark"))
    study.benchmarks.push_back(parse_study_benchmark(complaints, *item, study));
  const std::vector<const Toml*> arms = tables(reader, "arm");
  if (arms.empty() && study.benchmarks.empty())
    reader.complain(root, "at least one [[arm]] or [[benchmark]] is missing");
  const Toml* data = reader.get("data", Toml::Kind::table);
  if (!arms.empty() && (!data || data->members.empty())) reader.complain(root, "a table [data.NAME] is missing");
  if (data)
    for (const auto& [key, value] : data->members) {
      if (value.kind == Toml::Kind::table)
        study.data.push_back(parse_study_data(complaints, key, value, study));
      else
        reader.complain(value, "data: expected tables [data.NAME]");
    }
  if (const Toml* recipe = reader.get("recipe", Toml::Kind::table)) {
    study.recipe = section_assignments(Reader(complaints, *recipe, "recipe"));
    check_assignments(complaints, recipe->line, study.recipe);
  }
  for (const Toml* arm : arms) study.arms.push_back(parse_study_arm(complaints, *arm, study));
  for (const StudyArm& arm : study.arms)
    for (const StudyClaim& claim : arm.claims)
      complaints.guard(claim.line, [&] {
        for (const Placeholder& p : placeholders_of(claim.made_of))
          check(find_arm(study, p.arm), "claim of ", arm.name, ": made_of: no arm \"", p.arm, "\"",
                did_you_mean(p.arm, arm_names(study)));
      });
  std::vector<std::string> profiles{"full"};
  if (const Toml* all = reader.get("profile", Toml::Kind::table))
    for (const auto& [key, value] : all->members) {
      if (value.kind == Toml::Kind::table)
        study.profiles.push_back(parse_study_profile(complaints, key, value, study));
      else
        reader.complain(value, "profile: expected tables [profile.NAME]");
      profiles.push_back(key);
    }
  if (const Toml* at = reader.find("default_profile"); at && at->kind == Toml::Kind::text)
    expect_known(reader, *at, "default_profile: no profile is named", study.default_profile, profiles);
  complaints.throw_if_any();
  for (StudyArm& arm : study.arms) {  // a claim is about the arm's test split unless it says otherwise
    const std::vector<Assignment> all = all_values(study, arm);
    for (StudyClaim& claim : arm.claims)
      if (claim.test_set.empty()) claim.test_set = resolve_config(all).data.test_on;
  }
  return study;
}

Study read_study(const fs::path& path) { return parse_study(read_toml(path), path.string(), path.stem().string()); }

const StudyData& data_of(const Study& study, const StudyArm& arm) {
  return *std::find_if(study.data.begin(), study.data.end(), [&](const auto& data) { return data.name == arm.data; });
}

std::vector<Assignment> all_values(const Study& study, const StudyArm& arm) {
  std::vector<Assignment> all = study.recipe;
  for (const StudyData& data : study.data)
    if (data.name == arm.data) all.insert(all.end(), data.values.begin(), data.values.end());
  all.insert(all.end(), arm.values.begin(), arm.values.end());
  return all;
}

const StudyArm* find_arm(const Study& study, std::string_view name) {
  for (const StudyArm& arm : study.arms)
    if (arm.name == name) return &arm;
  return nullptr;
}

std::vector<fs::path> shipped_studies() {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator at(share_folder("studies"), error), end; !error && at != end; at.increment(error))
    if (at->path().extension() == ".toml") found.push_back(at->path());
  std::sort(found.begin(), found.end());
  return found;
}

fs::path find_study(const std::string& name) {
  if (fs::path(name).extension() == ".toml") return name;
  std::vector<std::string> names;
  std::string list;
  for (const auto& path : shipped_studies()) {
    if (path.stem() == name) return path;
    names.push_back(path.stem().string());
    list += " " + names.back();
  }
  const std::string hint = did_you_mean(name, names);
  throw Error("no study \"" + name + "\"" + (hint.empty() ? ";" : hint) + " there are:" + list +
              "; or give the path of a .toml manifest");
}

}  // namespace mueca
