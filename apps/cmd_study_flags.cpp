// The flags that `mueca study run`, report, show and validate share.
#include <CLI/CLI.hpp>

#include "apps/cmd_study.h"
#include "nn/fields.h"

namespace mueca {
namespace {

std::vector<std::string> words_of(const std::string& list) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin <= list.size() && !list.empty();) {
    const auto end = std::min(list.find(',', begin), list.size());
    if (end > begin) words.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

// "fer2013=FILE", or FILE alone; a path may hold '=' behind its first '/' or '.'.
std::pair<std::string, std::string> pack_of(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || text.substr(0, equals).find_first_of("/.") != std::string::npos)
    return {"", text};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

void parse_shard(const std::string& text, StudyOptions& options) {
  const auto slash = text.find('/');
  try {
    check(slash != std::string::npos, "");
    parse_field("shard", std::string_view(text).substr(0, slash), options.shard);
    parse_field("shard", std::string_view(text).substr(slash + 1), options.shards);
  } catch (const Error&) {
    throw UsageError("--shard: expected i/n such as 1/4, got \"" + text + "\"");
  }
  if (options.shards < 1 || options.shards > 100000 || options.shard < 1 || options.shard > options.shards)
    throw UsageError("--shard: expected i/n with i from 1 to n, got \"" + text + "\"");
}

}  // namespace

void StudyFlags::declare_name(CLI::App& app) {
  app.add_option("study", name, "A study's name ('mueca study list'), or a manifest's path")->required();
}

void StudyFlags::declare_choice(CLI::App& app) {
  app.add_option("--profile", options.profile, "A profile of the manifest; full: without one (the manifest's default)");
  app.add_option("--limit", options.limit, "For trying out: so many rows of each split (500), or a share (0.1)");
  app.add_option("--seeds", seeds, "1,2,3 or 1-3, for every arm that is not supporting");
  app.add_option("--arms", arms, "These arms alone (a,b), and those that they need");
  app.add_option("--data", data, "NAME=FILE: where the pack of a data set lies; FILE when there is but one")
      ->allow_extra_args(false);
  app.add_option("--weights", options.weights, "Folder of published weights (Keras HDF5)");
  app.add_flag("--skip-missing", options.skip_missing, "Leave out arms whose pack or weights are not there");
  app.add_option("--out", options.out, "Folder of all runs")->capture_default_str();
  app.add_flag("-q,--quiet", options.quiet, "Errors and the results only");
}

void StudyFlags::declare_work(CLI::App& app) {
  app.add_option("--threads", options.threads, "Of all jobs together; 0: all cores")->check(CLI::Range(0, 4096));
  add_compute_flags(app, options.compute);
  app.add_option("--jobs", options.jobs, "Runs at once, each a process of its own")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--shard", shard, "i/n: runs i, i+n, ... alone, for a job array; 'mueca study report' gathers them");
}

void StudyFlags::finish() {
  try {
    if (!seeds.empty()) options.seeds = parse_seeds(seeds);
  } catch (const Error& error) {
    throw UsageError(str("--", error.what()));
  }
  options.arms = words_of(arms);
  options.packs.clear();
  for (const std::string& text : data) options.packs.push_back(pack_of(text));
  if (!shard.empty()) parse_shard(shard, options);
}

}  // namespace mueca
