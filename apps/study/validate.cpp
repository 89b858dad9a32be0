#include "apps/study/validate.h"

#include <set>

#include "apps/study/plan.h"
#include "apps/study/reader.h"
#include "nn/registry.h"

namespace mueca {
namespace {

// A text of several complaints, each of which may stand in another profile's, too.
void add_lines(Complaints& complaints, int line, const std::string& text) {
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    complaints.guard(line, [&] { throw Error(text.substr(begin, end - begin)); });
    begin = end + 1;
  }
}

void check_models(Complaints& complaints, const Study& study, const StudyOptions& options) {
  std::set<std::string> seen;
  for (const StudyArm& arm : study.arms) {
    if (arm.kind != ArmKind::network) continue;
    ModelConfig model = arm_config(study, arm, 1, options).model;
    std::string key;
    for (const auto& [name, value] : to_pairs(model)) key += value + ";";
    if (!seen.insert(key).second) continue;
    try {
      make_model(model);
    } catch (const Error& error) {
      complaints.add(arm.line, "arm " + arm.name + ": " + error.what());
    }
  }
}

}  // namespace

std::string mistakes_of(const std::string& name, const StudyOptions& options) {
  try {
    const Study manifest = read_study(find_study(name));
    Complaints complaints(manifest.file);
    std::vector<std::string> profiles{"full"};
    for (const StudyProfile& profile : manifest.profiles) profiles.push_back(profile.name);
    for (const std::string& profile : profiles) {
      StudyOptions own = options;
      own.profile = profile;
      check_models(complaints, with_profile(manifest, profile), own);
      try {
        configured(manifest, own);
      } catch (const Error& error) {
        add_lines(complaints, 1, error.what());
      }
      own.skip_missing = true;
      try {
        const Study study = configured(manifest, own);
        DataSets data(study, own, false);
        plan_study(study, own, data);
      } catch (const Error& error) {
        add_lines(complaints, 1, error.what());
      }
    }
    return complaints.text();
  } catch (const Error& error) {  // the manifest cannot be read
    return error.what();
  }
}

}  // namespace mueca
