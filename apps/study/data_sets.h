// The packs of a study: the user's, drawn ones, and those derived from others by one step each.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "apps/study/options.h"
#include "data/pack.h"

namespace mueca {

// The file of a data set. Drawn and derived ones lie below <out>/<study>/data under names that say how they are made.
std::filesystem::path data_path(const Study& study, const StudyData& data, const StudyOptions& options);

// Opens each pack once. Drawn and derived ones are made when their file is not there, or is of another parent's
// content; with `write` they are kept, atomically. The same study gives the same bytes.
class DataSets {
 public:
  DataSets(const Study& study, const StudyOptions& options, bool write)
      : study_(study), options_(options), write_(write) {}

  void keep();  // writes what was made so far, and from now on what is made

  const Pack& get(const std::string& name);  // a reference that stays good
  const Pack& of(const StudyArm& arm) { return get(arm.data); }

 private:
  Pack open(const StudyData& data);
  Pack derived(const StudyData& data, const std::filesystem::path& path);
  void settle(Pack& pack, const std::string& name);

  const Study& study_;
  const StudyOptions& options_;
  bool write_;
  std::map<std::string, Pack> packs_;
  std::vector<std::string> unwritten_;
};

}  // namespace mueca
