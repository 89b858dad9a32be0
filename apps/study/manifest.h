// A study as its TOML manifest states it: data sets, a recipe that all arms share, and the arms. No run is started
// here.
//   title = "..."
//   [data.NAME]     generate = "faces" with its numbers, or pack = "FILE"; the first one is an arm's default
//   [recipe.X]      section X of config.toml, for all arms
//   [[arm]]         name, label, seeds, data, start_from, supporting, note
//   [arm.X]         section X of config.toml, for this arm
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "apps/run_config.h"
#include "data/faces.h"

namespace mueca {

struct StudyData {
  std::string name;
  std::string pack;  // a file, or empty: generated from `faces`
  FacesConfig faces;
};

// A number that somebody published, which an arm is to answer.
struct StudyClaim {
  double value = 0, spread = 0;  // shares in [0, 1]; of a range its middle and half its width
  std::string measure;           // "accuracy" or "training_accuracy"
  std::string source;            // who says so, and where; never empty
  std::string protocol;          // how it was measured, one sentence
  std::string test_set;          // split that it is about, as the pack names it
  std::string not_comparable;    // why no run of ours can confirm or refute it; or empty
  int line = 0;                  // of the manifest
};

struct StudyArm {
  std::string name;                  // of the experiment's folder
  std::string label;                 // in tables; empty: the name
  std::string note;                  // below the results table
  std::string data;                  // name of a data set
  std::string start_from;            // arm whose trained weights, as Keras HDF5, this one starts from; or empty
  bool supporting = false;           // trained for others' sake: not in the results table
  std::string views = "center";      // how the test split is seen: center, flip, ten_crop
  std::vector<std::string> members;  // of an ensemble: arms before this one, whose probabilities are averaged
  std::vector<StudyClaim> claims;
  std::vector<std::uint64_t> seeds{1};
  std::vector<Assignment> values;  // of its sections
};

struct Study {
  std::string name, title;
  std::vector<StudyData> data;
  std::vector<Assignment> recipe;
  std::vector<StudyArm> arms;  // an arm comes after the one it starts from
};

// Throws Error with FILE:LINE for unknown keys, missing names, references to what is not there or comes later.
Study read_study(const std::filesystem::path& path);
Study parse_study(const Toml& root, const std::string& file, const std::string& name);

const StudyData& data_of(const Study& study, const StudyArm& arm);

// NAME.toml among the manifests that come with mueca, or a path to a manifest. Throws Error listing the names.
std::filesystem::path find_study(const std::string& name);
std::vector<std::filesystem::path> shipped_studies();  // sorted

}  // namespace mueca
