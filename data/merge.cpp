#include "data/merge.h"

#include <algorithm>

namespace mueca {
namespace {

// Index of `name` in `names`, appended when it is not there.
std::size_t place_of(std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  const auto place = static_cast<std::size_t>(found - names.begin());
  if (found == names.end()) names.push_back(name);
  return place;
}

std::string free_name(const std::vector<std::string>& names, const std::string& name) {
  std::string free = name;
  for (int n = 2; std::find(names.begin(), names.end(), free) != names.end(); ++n)
    free = name + "-" + std::to_string(n);
  return free;
}

std::vector<int> map_classes(const Pack& pack, const LabelMap& labels) {
  std::vector<int> map;
  for (const auto& name : pack.class_names) {
    map.push_back(labels.find(name));
    check(map.back() != LabelMap::kUnknown, "merge: ", pack.source_names.front(), ": label \"", name,
          "\" is unknown; map it, e.g. \"", name, "=neutral\", or leave its rows out with \"", name, "=-\"");
  }
  return map;
}

}  // namespace

Pack merge_packs(std::span<const Pack> packs, const LabelMap& labels) {
  check(!packs.empty(), "merge: no packs");
  std::vector<std::vector<int>> classes;
  Index rows = 0;
  bool votes = false, clips = false;
  for (const Pack& pack : packs) {
    check(pack.height == packs[0].height && pack.width == packs[0].width, "merge: images of ",
          pack.source_names.front(), " are ", pack.height, " x ", pack.width, ", those of ",
          packs[0].source_names.front(), " ", packs[0].height, " x ", packs[0].width);
    classes.push_back(map_classes(pack, labels));
    rows += std::count_if(pack.label.begin(), pack.label.end(),
                          [&](int label) { return classes.back()[static_cast<std::size_t>(label)] >= 0; });
    votes |= pack.has_votes();
    clips |= pack.has_clips();
  }
  Pack out = make_pack(rows, packs[0].height, packs[0].width, votes);
  out.class_names = emotion_names();
  if (clips) out.clip.resize(static_cast<std::size_t>(rows));
  std::size_t to = 0;
  std::uint32_t first_clip = 0;  // the clips of the packs so far
  for (std::size_t p = 0; p < packs.size(); ++p) {
    const Pack& pack = packs[p];
    std::vector<std::size_t> splits, sources;
    for (const auto& name : pack.split_names) splits.push_back(place_of(out.split_names, name));
    check(out.split_names.size() <= 255, "merge: more than 255 splits");
    for (const auto& name : pack.source_names) {
      sources.push_back(out.source_names.size());
      out.source_names.push_back(free_name(out.source_names, name));
    }
    for (std::size_t i = 0; i < pack.label.size(); ++i) {
      const int label = classes[p][static_cast<std::size_t>(pack.label[i])];
      if (label < 0) continue;
      const auto pixels = pack.image(static_cast<Index>(i));
      std::copy(pixels.begin(), pixels.end(), out.image(static_cast<Index>(to)).begin());
      out.label[to] = label;
      out.split[to] = static_cast<std::uint8_t>(splits[pack.split[i]]);
      out.source[to] = static_cast<std::uint16_t>(sources[pack.source[i]]);
      out.row[to] = pack.row[i];
      out.copy[to] = pack.copy[i];
      if (pack.has_votes()) std::copy_n(&pack.votes[i * Pack::kVotes], Pack::kVotes, &out.votes[to * Pack::kVotes]);
      if (pack.has_clips() && pack.clip[i] > 0) out.clip[to] = first_clip + pack.clip[i];
      ++to;
    }
    if (pack.has_clips()) first_clip += *std::max_element(pack.clip.begin(), pack.clip.end());
    out.provenance += pack.provenance;
  }
  out.provenance += str("merge: ", packs.size(), " packs, labels \"", labels.assignments(), "\"\n");
  return out;
}

}  // namespace mueca
