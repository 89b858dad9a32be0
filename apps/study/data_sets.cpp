#include "apps/study/data_sets.h"

#include <algorithm>
#include <iostream>

#include "core/error.h"
#include "core/files/sha256.h"
#include "data/balance.h"
#include "data/classes.h"
#include "data/split.h"
#include "nn/fields.h"

namespace fs = std::filesystem;

namespace mueca {
namespace {

constexpr std::size_t kLongestName = 120;

const StudyData& data_named(const Study& study, const std::string& name) {
  return *std::find_if(study.data.begin(), study.data.end(), [&](const auto& data) { return data.name == name; });
}

// What a step does, in one line.
std::string step_text(const StudyData& data) {
  if (!data.classes.empty()) {
    std::string text = "classes";
    for (const std::string& name : data.classes) text += " " + name;
    return text;
  }
  if (data.balance > 0)
    return str("balance ", data.balance, data.balance_split.empty() ? "" : " of " + data.balance_split, " seed ",
               data.seed);
  return str("split ", data.split, data.keep_together ? " together" : "", " seed ", data.seed);
}

std::string file_stem(const Study& study, const StudyData& data) {
  if (!data.pack.empty()) return fs::path(data.pack).stem().string();
  if (data.from.empty()) {
    const FacesConfig& f = data.faces;
    return str("faces-", f.training, "-", f.public_test, "-", f.private_test, "-", f.size, "px-s", f.seed, "-d",
               field_text(f.difficulty));
  }
  std::string name = file_stem(study, data_named(study, data.from)) + "_" + step_text(data);
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '.') c = '-';
  return name.size() <= kLongestName ? name : name.substr(0, kLongestName - 17) + "-" + sha256_of(name).substr(0, 16);
}

// The last line of a derived pack's provenance: it tells whether a file is what this step makes of this parent.
std::string origin_line(const StudyData& data, const Pack& parent) {
  return str("study: ", step_text(data), " of pack ", parent.sha256, "\n");
}

}  // namespace

fs::path data_path(const Study& study, const StudyData& data, const StudyOptions& options) {
  if (!data.pack.empty()) return data.pack;
  return study_folder(study, options) / "data" / (file_stem(study, data) + ".h5");
}

void DataSets::keep() {
  write_ = true;
  for (const std::string& name : unwritten_)
    save_pack(packs_.at(name), data_path(study_, data_named(study_, name), options_));
  unwritten_.clear();
}

// Gives a made pack its hash, and its file if files are written.
void DataSets::settle(Pack& pack, const std::string& name) {
  if (write_) {
    save_pack(pack, data_path(study_, data_named(study_, name), options_));
  } else {
    pack.sha256 = hash_pack(pack);
    unwritten_.push_back(name);
  }
}

Pack DataSets::derived(const StudyData& data, const fs::path& path) {
  const Pack& parent = get(data.from);
  const std::string origin = origin_line(data, parent);
  if (fs::exists(path)) {
    Pack there = load_pack(path);
    if (there.provenance.ends_with(origin)) return there;
  }
  if (!options_.quiet) std::cerr << "data set " << data.name << ": " << step_text(data) << "\n";
  try {
    Pack pack = parent;
    if (!data.classes.empty())
      pack = select_classes(parent, data.classes);
    else if (data.balance > 0)
      pack = balance_pack(parent, {data.balance, data.balance_split, data.seed, BalanceOptions::mild()});
    else
      split_pack(pack, {parse_parts(data.split), data.seed, data.keep_together});
    pack.provenance += origin;
    settle(pack, data.name);
    return pack;
  } catch (const Error& error) {
    throw Error(str(study_.file, ":", data.line, ": data.", data.name, ": ", error.what()));
  }
}

Pack DataSets::open(const StudyData& data) {
  const fs::path path = data_path(study_, data, options_);
  if (!data.from.empty()) return derived(data, path);
  if (!data.pack.empty() || fs::exists(path)) return load_pack(path);
  if (!options_.quiet)
    std::cerr << "data set " << data.name << ": drawing "
              << data.faces.training + data.faces.public_test + data.faces.private_test << " faces\n";
  Pack pack = generate_faces(data.faces);
  settle(pack, data.name);
  return pack;
}

const Pack& DataSets::get(const std::string& name) {
  const auto known = packs_.find(name);
  if (known != packs_.end()) return known->second;
  return packs_.emplace(name, open(data_named(study_, name))).first->second;
}

}  // namespace mueca
