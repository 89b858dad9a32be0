// [profile.NAME] of a manifest, and the study that it makes.
#include <algorithm>

#include "apps/study/manifest_parts.h"
#include "core/nearest.h"

namespace mueca {
namespace {

constexpr const char* kBase = "full";

void append(std::vector<Assignment>& to, const std::vector<Assignment>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

bool is_skipped(const StudyProfile& profile, const std::string& arm) {
  return std::find(profile.skip.begin(), profile.skip.end(), arm) != profile.skip.end();
}

ProfileArm parse_override(const Reader& profile, const std::string& name, const Toml& table, const Study& so_far) {
  const Reader reader(profile.complaints(), table, "arm " + name + " of a profile");
  expect_known(profile, table, "no arm is named", name, arm_names(so_far));
  reader.expect_keys({"seeds", "views", "weights", "limit"}, true);
  ProfileArm arm;
  arm.name = name;
  arm.seeds = reader.seeds();
  arm.views = reader.text("views");
  if (!arm.views.empty()) reader.expect_one_of("views", arm.views, kViewNames);
  arm.weights = reader.text("weights");
  arm.file_line = reader.line_of("weights");
  const StudyArm* base = find_arm(so_far, name);
  if (!arm.weights.empty() && base && base->weights.empty())
    reader.complain(table, "weights: arm \"" + name + "\" starts from none that could be replaced");
  arm.values = section_assignments(reader);
  if (const std::string limit = reader.limit(); !limit.empty())
    arm.values.push_back({"data.limit", limit, str(reader.complaints().file(), ":", reader.line_of("limit"))});
  return arm;
}

// Every arm's values under this profile, and that what an arm needs is not skipped.
void check_profile(const Reader& reader, const Study& base, const StudyProfile& profile) {
  for (const StudyArm& arm : base.arms) {
    if (is_skipped(profile, arm.name)) continue;
    std::vector<std::string> needs = arm.members;
    if (!arm.start_from.empty()) needs.push_back(arm.start_from);
    for (const std::string& need : needs)
      if (is_skipped(profile, need))
        reader.complain(*reader.find("skip"), "skip: arm \"" + arm.name + "\" needs \"" + need + "\"");
    std::vector<Assignment> all = all_values(base, arm);
    append(all, profile.values);
    for (const ProfileArm& own : profile.arms)
      if (own.name == arm.name) append(all, own.values);
    if (trains(arm.kind)) check_assignments(reader.complaints(), reader.line(), all);
  }
}

}  // namespace

StudyProfile parse_study_profile(Complaints& complaints, const std::string& name, const Toml& table,
                                 const Study& so_far) {
  const Reader reader(complaints, table, "profile " + name);
  reader.expect_plain_name(table, name);
  if (name == kBase) reader.complain(table, "full is the manifest without a profile: choose another name");
  reader.expect_keys({"about", "seeds", "limit", "skip", "arm"}, true);
  StudyProfile profile;
  profile.name = name;
  profile.about = reader.text("about");
  profile.seeds = reader.seeds();
  profile.limit = reader.limit();
  if (const Toml* skip = reader.find("skip")) {
    profile.skip = reader.texts("skip");
    for (const auto& arm : profile.skip) expect_known(reader, *skip, "skip: no arm is named", arm, arm_names(so_far));
  }
  profile.values = section_assignments(reader, {"arm"});
  if (!profile.limit.empty())
    profile.values.push_back({"data.limit", profile.limit, str(complaints.file(), ":", reader.line_of("limit"))});
  if (const Toml* arms = reader.get("arm", Toml::Kind::table))
    for (const auto& [arm, value] : arms->members) {
      if (value.kind == Toml::Kind::table)
        profile.arms.push_back(parse_override(reader, arm, value, so_far));
      else
        reader.complain(value, "arm: expected tables [profile." + name + ".arm.NAME]");
    }
  check_profile(reader, so_far, profile);
  return profile;
}

Study with_profile(const Study& study, const std::string& name) {
  const std::string wanted = !name.empty() ? name : study.default_profile.empty() ? kBase : study.default_profile;
  Study out = study;
  out.profile = wanted;
  if (wanted == kBase) return out;
  std::vector<std::string> names{kBase};
  for (const auto& profile : study.profiles) names.push_back(profile.name);
  const auto found = std::find_if(study.profiles.begin(), study.profiles.end(),
                                  [&](const StudyProfile& profile) { return profile.name == wanted; });
  if (found == study.profiles.end()) {
    std::string known;
    for (const auto& each : names) known += " " + each;
    const std::string hint = did_you_mean(wanted, names);
    throw Error("no profile \"" + wanted + "\"" + (hint.empty() ? ";" : hint) + " there are:" + known);
  }
  const StudyProfile& profile = *found;
  std::erase_if(out.arms, [&](const StudyArm& arm) { return is_skipped(profile, arm.name); });
  for (StudyArm& arm : out.arms) {
    append(arm.values, profile.values);
    if (!profile.seeds.empty() && !arm.supporting && arm.kind != ArmKind::checkpoint && arm.kind != ArmKind::majority)
      arm.seeds = profile.seeds;
    for (const ProfileArm& own : profile.arms) {
      if (own.name != arm.name) continue;
      append(arm.values, own.values);
      if (!own.seeds.empty()) arm.seeds = own.seeds;
      if (!own.views.empty()) arm.views = own.views;
      if (!own.weights.empty()) arm.weights = own.weights, arm.file_line = own.file_line;
    }
  }
  return out;
}

}  // namespace mueca
