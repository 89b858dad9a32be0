// A study as its TOML manifest states it: data sets, a recipe that all arms share, the arms with the published figures
// that they answer, and profiles that scale all of it. No run is started here. apps/study/README.md tells the whole
// format; in short:
//   title, about, question, default_profile
//   [data.NAME]          generate = "faces", pack = "FILE", or from = "OTHER" and one step; the first is the default
//   [recipe.X]           section X of config.toml, for all arms
//   [[arm]]              name, label, note, seeds, limit, data, start_from, weights, checkpoint, members, views,
//   supporting [arm.X]              section X of config.toml, for this arm
//   [[arm.claim]]        value, spread, measure, source, protocol, test_set, not_comparable, made_of
//   [[benchmark]]        name, label, note, results, made_by: kernels that were timed, beside or instead of arms
//   [profile.NAME]       about, seeds, limit, skip; [profile.NAME.X] and [profile.NAME.arm.ARM.X] are sections
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
  std::string pack;                  // a file;
  std::string from;                  // or derived from that data set by the one step below that is set;
  FacesConfig faces;                 // or, when both are empty, drawn
  std::vector<std::string> classes;  // step: these alone, renumbered in this order
  Index balance = 0;                 // step: images of each class, by leaving out and by augmented copies
  std::string balance_split;         // of this split alone; empty: of all images, whatever their split
  std::string split;                 // step: "training=60,validation=20,test=20", dealt anew
  bool keep_together = false;        // twins and copies of one image stay in one split
  std::uint64_t seed = 1;            // of the step
  std::vector<Assignment> values;    // data.train_on, select_on, test_on: the splits that its arms use, if it says so
  int line = 0;                      // of the manifest, where the file is named
};

// A number that somebody published, which an arm is to answer.
struct StudyClaim {
  double value = 0, spread = 0;  // shares in [0, 1]; of a range its middle and half its width
  std::string measure;           // "accuracy" or "training_accuracy"
  std::string source;            // who says so, and where; never empty
  std::string protocol;          // how it was measured, one sentence
  std::string test_set;          // split that it is about, as the pack names it
  std::string not_comparable;    // why no run of ours can confirm or refute it; or empty
  std::string made_of;           // what the number is made of; {ARM} stands for that arm's measured accuracy
  int line = 0;                  // of the manifest
};

// What an arm does. The last three train nothing and have no run folder.
enum class ArmKind {
  network,     // model.name of nn/registry.h
  svm,         // model.name = "hog_svm", [svm] says the rest
  majority,    // model.name = "majority": each class with its frequency in training, whatever the image
  ensemble,    // `members`
  checkpoint,  // `checkpoint`
};
inline bool trains(ArmKind kind) { return kind == ArmKind::network || kind == ArmKind::svm; }
std::string_view name_of(ArmKind kind);

struct StudyArm {
  std::string name;  // of the experiment's folder
  ArmKind kind = ArmKind::network;
  std::string label;                 // in tables; never empty
  std::string note;                  // below the results table
  std::string data;                  // name of a data set
  std::string start_from;            // arm whose trained weights, as Keras HDF5, this one starts from; or empty
  std::string weights;               // Keras HDF5 file to start from; or empty
  std::string checkpoint;            // of a network that is trained already; or empty
  bool supporting = false;           // trained for others' sake: not in the results table
  std::string views = "center";      // how the test split is seen: center, flip, ten_crop
  std::vector<std::string> members;  // of an ensemble: arms before this one, whose probabilities are averaged
  std::vector<StudyClaim> claims;
  std::vector<std::uint64_t> seeds{1};
  std::vector<Assignment> values;  // of its sections
  int line = 0, file_line = 0;     // of the manifest: the arm, its weights or checkpoint
};

// A file that a benchmark program wrote (study/benchmarks.h). Nothing is run for it; the report tells what it says.
struct StudyBenchmark {
  std::string name, label, note;
  std::string results;  // Google Benchmark's JSON; once configured a file that is there, or empty
  std::string made_by;  // the command that writes it
  int line = 0;         // of the manifest, where the file is named
};

// What a profile says about one arm.
struct ProfileArm {
  std::string name, views, weights;
  int file_line = 0;  // of the weights
  std::vector<std::uint64_t> seeds;
  std::vector<Assignment> values;
};

// The same study, smaller or larger. Its values go over the recipe's and the arms', those for one arm over all.
struct StudyProfile {
  std::string name, about;
  std::string limit;                 // data.limit, or empty
  std::vector<std::uint64_t> seeds;  // of all arms that are not supporting; empty: as the arms say
  std::vector<std::string> skip;     // arms that it leaves out
  std::vector<Assignment> values;
  std::vector<ProfileArm> arms;
};

struct Study {
  std::string name, title, about;
  std::string question;  // that it answers, in a sentence or two
  std::string file;      // the manifest
  std::vector<StudyData> data;
  std::vector<Assignment> recipe;
  std::vector<StudyArm> arms;  // an arm comes after those it needs
  std::vector<StudyBenchmark> benchmarks;
  std::vector<StudyProfile> profiles;
  std::string default_profile;        // or empty: the base
  std::string profile = "full";       // the one in force; "full" is the base
  std::vector<std::string> left_out;  // "arm: why" of arms and benchmarks without their files (study/options.h)
};

// Throws one Error with a line FILE:LINE for each thing that is wrong: unknown keys and names with the nearest known
// one, values out of range, references to what is not there or comes later, claims without source.
Study read_study(const std::filesystem::path& path);
Study parse_study(const Toml& root, const std::string& file, const std::string& name);

// The study as read with this profile's values, seeds and arms; "full" keeps the base, "" takes the default. Throws
// Error naming the profiles.
Study with_profile(const Study& study, const std::string& profile);

const StudyData& data_of(const Study& study, const StudyArm& arm);
// The recipe's values, then its data set's, then its own: what its configuration is made of.
std::vector<Assignment> all_values(const Study& study, const StudyArm& arm);
const StudyArm* find_arm(const Study& study, std::string_view name);  // nullptr when there is none
std::vector<std::string> arm_names(const Study& study);

// NAME.toml among the manifests that come with mueca, or a path to a manifest. Throws Error listing the names.
std::filesystem::path find_study(const std::string& name);
std::vector<std::filesystem::path> shipped_studies();  // sorted

}  // namespace mueca
