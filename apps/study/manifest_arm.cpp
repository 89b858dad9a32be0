// [[arm]] and [[arm.claim]] of a manifest.
#include <algorithm>

#include "apps/study/manifest_parts.h"
#include "apps/svm_run.h"
#include "core/nearest.h"
#include "nn/registry.h"

namespace mueca {
namespace {

constexpr const char* kMajority = "majority";

std::string model_of(const std::vector<Assignment>& recipe, const std::vector<Assignment>& more) {
  std::string model = ModelConfig{}.name;
  for (const auto* values : {&recipe, &more})
    for (const Assignment& value : *values)
      if (value.key == "model.name") model = value.value;
  return model;
}

bool contains(const std::vector<std::uint64_t>& seeds, std::uint64_t seed) {
  return std::find(seeds.begin(), seeds.end(), seed) != seeds.end();
}

// Seeds that all members were trained with; those that train nothing fit any.
std::vector<std::uint64_t> common_seeds(const Study& study, const StudyArm& ensemble) {
  std::vector<std::uint64_t> common;
  bool first = true;
  for (const std::string& name : ensemble.members) {
    const StudyArm* member = find_arm(study, name);
    if (!member || !trains(member->kind)) continue;
    if (first) common = member->seeds;
    first = false;
    std::erase_if(common, [&](std::uint64_t seed) { return !contains(member->seeds, seed); });
  }
  return first ? std::vector<std::uint64_t>{1} : common;
}

void parse_members(const Reader& reader, const Study& so_far, StudyArm& arm) {
  const Toml* members = reader.find("members");
  if (!members) return;
  arm.members = reader.texts("members");
  for (std::size_t i = 0; i < arm.members.size(); ++i) {
    const std::string& name = arm.members[i];
    expect_known(reader, *members, "members: no arm before this one is named", name, arm_names(so_far));
    if (std::find(arm.members.begin(), arm.members.begin() + static_cast<std::ptrdiff_t>(i), name) !=
        arm.members.begin() + static_cast<std::ptrdiff_t>(i))
      reader.complain(*members, "members: \"" + name + "\" is there twice");
    const StudyArm* member = find_arm(so_far, name);
    if (member && member->data != arm.data)
      reader.complain(*members,
                      "members: \"" + name + "\" is about data." + member->data + ", this arm about data." + arm.data);
    if (member && member->kind == ArmKind::ensemble)
      reader.complain(*members, "members: \"" + name + "\" is an ensemble itself; name its members");
  }
  if (arm.members.size() == 1) reader.complain(*members, "members: expected at least two");
}

// data = "NAME", or a section [arm.data] that may also hold name = "NAME".
void parse_data_choice(const Reader& reader, const Study& so_far, StudyArm& arm) {
  arm.data = so_far.data.empty() ? "" : so_far.data.front().name;
  const Toml* data = reader.find("data");
  if (data && data->kind == Toml::Kind::table) data = data->find("name");
  if (!data) return;
  if (data->kind != Toml::Kind::text)
    return reader.complain(*data, str("data: expected the name of a data set, got ", name_of(data->kind)));
  arm.data = data->value;
  expect_known(reader, *data, "data: no [data.NAME] is named", arm.data, data_names(so_far));
}

// The table without [arm.data]'s name, which is no key of a run's configuration.
Toml without_data_name(Toml table) {
  for (auto& [key, value] : table.members)
    if (key == "data") std::erase_if(value.members, [](const auto& member) { return member.first == "name"; });
  return table;
}

// What this kind of arm has no use for.
void check_kind(const Reader& reader, const StudyArm& arm) {
  const auto refuse = [&](std::initializer_list<const char*> keys, const char* why) {
    for (const char* key : keys)
      if (const Toml* at = reader.find(key)) reader.complain(*at, str(key, ": ", why));
  };
  if (arm.kind == ArmKind::ensemble)
    refuse({"start_from", "weights", "checkpoint", "model", "train"}, "an ensemble trains nothing");
  if (arm.kind == ArmKind::checkpoint)
    refuse({"start_from", "weights", "seeds", "model", "train"}, "a checkpoint is trained already");
  if (arm.kind == ArmKind::majority) refuse({"start_from", "weights", "seeds"}, "the majority learns nothing by steps");
  if (arm.kind == ArmKind::svm) refuse({"start_from", "weights"}, "a support vector machine starts from nothing");
  if (arm.kind == ArmKind::network && !arm.start_from.empty() && !arm.weights.empty())
    refuse({"weights"}, "expected either start_from or weights");
}

}  // namespace

ArmKind kind_of(const StudyArm& arm, const std::vector<Assignment>& recipe, const std::vector<Assignment>& more) {
  if (!arm.members.empty()) return ArmKind::ensemble;
  if (!arm.checkpoint.empty()) return ArmKind::checkpoint;
  const std::string model = model_of(recipe, more);
  if (model == kMajority) return ArmKind::majority;
  return model == kSvmModel ? ArmKind::svm : ArmKind::network;
}

std::vector<std::string> known_models() {
  std::vector<std::string> names = model_names();
  names.insert(names.end(), {kSvmModel, kMajority});
  return names;
}

std::string_view name_of(ArmKind kind) {
  switch (kind) {
    case ArmKind::network:
      return "network";
    case ArmKind::svm:
      return "svm";
    case ArmKind::majority:
      return "majority";
    case ArmKind::ensemble:
      return "ensemble";
    case ArmKind::checkpoint:
      return "checkpoint";
  }
  return "?";
}

StudyClaim parse_study_claim(Complaints& complaints, const Toml& table, const std::string& arm) {
  const Reader reader(complaints, table, "claim of " + arm);
  reader.expect_keys({"value", "spread", "measure", "source", "protocol", "test_set", "not_comparable", "made_of"});
  StudyClaim claim;
  claim.line = table.line;
  const double percent = reader.number("value", 0.0), spread = reader.number("spread", 0.0);
  if (!reader.find("value"))
    reader.complain(table, "value: missing; the published figure in per cent");
  else if (reader.find("value")->kind == Toml::Kind::number &&
           (percent <= 1 || percent > 100))  // a share would be taken for less than one per cent
    reader.complain(*reader.find("value"), str("value: expected per cent above 1 up to 100, got ", percent));
  if (spread < 0 || spread > 50)
    reader.complain(*reader.find("spread"), str("spread: expected 0 to 50 points, got ", spread));
  claim.value = percent / 100, claim.spread = spread / 100;
  claim.measure = reader.find("measure") ? reader.text("measure") : "accuracy";
  reader.expect_one_of("measure", claim.measure, {"accuracy", "training_accuracy"});
  claim.source = reader.text("source");
  claim.protocol = reader.text("protocol");
  claim.test_set = reader.text("test_set");
  claim.not_comparable = reader.text("not_comparable");
  claim.made_of = reader.text("made_of");
  for (const auto& [key, value] : {std::pair{"source", claim.source}, std::pair{"protocol", claim.protocol}})
    if (value.find_first_not_of(" \t\n") == std::string::npos)
      complaints.add(reader.line_of(key), str("claim of ", arm, ": ", key, ": missing; ",
                                              key == std::string("source") ? "who says so, and where"
                                                                           : "how it was measured, one sentence"));
  return claim;
}

StudyArm parse_study_arm(Complaints& complaints, const Toml& table, const Study& so_far) {
  const Toml* name = table.find("name");
  const Reader reader(complaints, table,
                      name && name->kind == Toml::Kind::text ? "arm " + name->value : std::string("arm"));
  reader.expect_keys({"name", "label", "note", "data", "start_from", "weights", "checkpoint", "members", "views",
                      "supporting", "seeds", "limit", "claim"},
                     true);
  StudyArm arm;
  arm.line = table.line;
  arm.name = reader.text("name");
  if (!name || name->kind == Toml::Kind::text) reader.expect_plain_name(name ? *name : table, arm.name);
  if (find_arm(so_far, arm.name)) reader.complain(table, "two arms are named \"" + arm.name + "\"");
  arm.label = reader.text("label").empty() ? arm.name : reader.text("label");
  arm.note = reader.text("note");
  arm.supporting = reader.flag("supporting");
  parse_data_choice(reader, so_far, arm);
  if (const Toml* views = reader.find("views")) {
    arm.views = reader.text("views");
    if (views->kind == Toml::Kind::text) reader.expect_one_of("views", arm.views, kViewNames);
  }
  arm.start_from = reader.text("start_from");
  if (!arm.start_from.empty()) {
    expect_known(reader, *reader.find("start_from"), "start_from: no arm before this one is named", arm.start_from,
                 arm_names(so_far));
    if (const StudyArm* parent = find_arm(so_far, arm.start_from); parent && parent->kind != ArmKind::network)
      reader.complain(*reader.find("start_from"), "start_from: \"" + arm.start_from + "\" trains no network");
  }
  arm.weights = reader.text("weights");
  arm.checkpoint = reader.text("checkpoint");
  arm.file_line = reader.line_of(arm.checkpoint.empty() ? "weights" : "checkpoint");
  parse_members(reader, so_far, arm);
  const Toml sections = without_data_name(table);
  arm.values = section_assignments(Reader(complaints, sections, ""));
  if (const std::string limit = reader.limit(); !limit.empty())
    arm.values.push_back({"data.limit", limit, str(complaints.file(), ":", reader.line_of("limit"))});
  arm.kind = kind_of(arm, so_far.recipe, arm.values);
  const std::string model = model_of(so_far.recipe, arm.values);
  const auto models = known_models();
  if (trains(arm.kind) && std::find(models.begin(), models.end(), model) == models.end()) {
    int line = table.line;
    for (const Assignment& value : arm.values)
      if (value.key == "model.name") line = std::stoi(value.origin.substr(value.origin.rfind(':') + 1));
    std::string known;
    for (const auto& each : models) known += " " + each;
    const std::string hint = did_you_mean(model, models);
    complaints.add(
        line, str("arm ", arm.name, ": unknown model \"", model, "\"", hint.empty() ? ";" : hint, " known:", known));
  }
  check_kind(reader, arm);
  if (const auto seeds = reader.seeds(); !seeds.empty())
    arm.seeds = seeds;
  else if (arm.kind == ArmKind::ensemble)
    arm.seeds = common_seeds(so_far, arm);
  if (arm.kind == ArmKind::ensemble)
    if (const auto common = common_seeds(so_far, arm);
        !std::all_of(arm.seeds.begin(), arm.seeds.end(), [&](std::uint64_t seed) { return contains(common, seed); }) ||
        arm.seeds.empty())
      reader.complain(*reader.find("members"), "members: not all of them are trained with the seeds of this arm");
  if (const Toml* claims = reader.get("claim", Toml::Kind::array)) {
    for (const Toml& claim : claims->items) {
      if (claim.kind == Toml::Kind::table)
        arm.claims.push_back(parse_study_claim(complaints, claim, arm.name));
      else
        reader.complain(claim, "claim: expected tables [[arm.claim]]");
    }
  }
  check_assignments(complaints, arm.line, all_values(so_far, arm));
  return arm;
}

}  // namespace mueca
