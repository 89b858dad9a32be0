// What a command line makes of a manifest: a profile, fewer arms, other seeds, and where the user's files lie.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "apps/compute.h"
#include "apps/study/manifest.h"

namespace mueca {

struct StudyOptions {
  std::string out = "runs";
  int threads = 0;  // of all jobs together; 0: all cores
  bool quiet = false;
  std::string profile = {};               // empty: the manifest's default
  std::string limit = {};                 // data.limit of all arms; empty: as they say
  std::vector<std::uint64_t> seeds = {};  // of all arms that are not supporting; empty: as they say
  std::vector<std::string> arms = {};     // these, and what they need; empty: all
  std::vector<std::pair<std::string, std::string>> packs =
      {};                     // data set, file; the name is empty when there is but one
  std::string weights = {};   // folder of published weights
  bool skip_missing = false;  // leave out arms whose files are not there
  int jobs = 1;               // runs at once
  int shard = 1, shards = 1;  // of a job array, 1-based
  ComputeFlags compute = {};
};

// "1,2,5" or "1-3,7". Throws Error for anything else and for more than 1000.
std::vector<std::uint64_t> parse_seeds(const std::string& text);

// The study with its profile, arms, seeds, limit and files as the options say: weights, packs and checkpoints become
// paths that are there. Throws Error with FILE:LINE, the nearest match and what to do for every one that is not; with
// skip_missing their arms are left out instead (Study::left_out). Throws Error for unknown arms and data sets.
Study configured(const Study& manifest, const StudyOptions& options);

// <out>/<study>
std::filesystem::path study_folder(const Study& study, const StudyOptions& options);

}  // namespace mueca
