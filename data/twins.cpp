#include "data/twins.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <numeric>
#include <set>

#include "core/parallel.h"

namespace mueca {
namespace {

// A quick 64-bit fingerprint of an image; equal fingerprints are compared byte by byte afterwards.
std::uint64_t fingerprint(std::span<const std::uint8_t> pixels) {
  std::uint64_t h = 0x9E3779B97F4A7C15u ^ pixels.size();
  std::size_t i = 0;
  for (; i + 8 <= pixels.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, &pixels[i], 8);
    h = (h ^ word) * 0xD6E8FEB86659FD93u;
    h ^= h >> 32;
  }
  for (; i < pixels.size(); ++i) h = (h ^ pixels[i]) * 0xD6E8FEB86659FD93u;
  return h ^ (h >> 29);
}

}  // namespace

Twins find_twins(const Pack& pack) {
  const Index n = pack.size();
  std::vector<std::pair<std::uint64_t, Index>> order(static_cast<std::size_t>(n));
  parallel_for(n, 256, [&](std::int64_t begin, std::int64_t end) {
    for (Index i = begin; i < end; ++i) order[static_cast<std::size_t>(i)] = {fingerprint(pack.image(i)), i};
  });
  std::sort(order.begin(), order.end());
  Twins twins;
  for (auto run = order.begin(); run != order.end();) {
    const auto run_end = std::find_if(run, order.end(), [&](const auto& entry) { return entry.first != run->first; });
    std::vector<std::vector<Index>> groups;  // of this fingerprint: practically always one
    for (; run != run_end; ++run) {
      const auto pixels = pack.image(run->second);
      const auto same = std::find_if(groups.begin(), groups.end(), [&](const auto& group) {
        return std::memcmp(pack.image(group.front()).data(), pixels.data(), pixels.size()) == 0;
      });
      if (same == groups.end())
        groups.push_back({run->second});
      else
        same->push_back(run->second);
    }
    for (auto& group : groups)
      if (group.size() > 1) twins.groups.push_back(std::move(group));
  }
  std::sort(twins.groups.begin(), twins.groups.end());
  twins.group_of.assign(static_cast<std::size_t>(n), -1);
  for (std::size_t g = 0; g < twins.groups.size(); ++g)
    for (const Index row : twins.groups[g])
      twins.group_of[static_cast<std::size_t>(row)] = static_cast<std::int32_t>(g);
  return twins;
}

TwinCounts count_twins(const Pack& pack, const Twins& twins) {
  const std::size_t splits = pack.split_names.size(), classes = pack.class_names.size();
  TwinCounts counts;
  counts.excess_within.resize(splits);
  counts.shared.assign(splits, std::vector<Shared>(splits));
  for (auto& row : counts.shared)
    for (auto& shared : row) shared.per_class.resize(classes);
  const auto at = [](const auto& column, Index row) { return column[static_cast<std::size_t>(row)]; };

  for (const auto& group : twins.groups) {
    counts.excess += static_cast<Index>(group.size()) - 1;
    std::vector<Index> in_split(splits);
    std::set<std::int32_t> labels;
    for (const Index row : group) ++in_split[at(pack.split, row)], labels.insert(at(pack.label, row));
    for (std::size_t s = 0; s < splits; ++s) counts.excess_within[s] += std::max<Index>(in_split[s] - 1, 0);
    if (labels.size() > 1)
      ++counts.contradictory_groups, counts.contradictory_images += static_cast<Index>(group.size());
    for (const Index row : group) {
      const std::size_t own = at(pack.split, row);
      for (std::size_t other = 0; other < splits; ++other) {
        if (in_split[other] - (other == own ? 1 : 0) <= 0) continue;
        Shared& shared = counts.shared[own][other];
        ++shared.images;
        ++shared.per_class[static_cast<std::size_t>(at(pack.label, row))];
        shared.other_label += std::any_of(group.begin(), group.end(), [&](Index twin) {
          return at(pack.split, twin) == other && at(pack.label, twin) != at(pack.label, row);
        });
      }
    }
  }
  counts.unique = pack.size() - counts.excess;

  std::map<std::pair<std::uint16_t, std::uint32_t>, std::vector<bool>> splits_of;  // of each original image
  for (std::size_t i = 0; i < pack.label.size(); ++i) {
    auto& present = splits_of[{pack.source[i], pack.row[i]}];
    present.resize(splits);
    present[pack.split[i]] = true;
  }
  for (std::size_t i = 0; i < pack.label.size(); ++i) {
    const auto& present = splits_of[{pack.source[i], pack.row[i]}];
    for (std::size_t other = 0; other < splits; ++other)
      if (other != pack.split[i] && present[other]) ++counts.shared[pack.split[i]][other].copies;
  }
  return counts;
}

std::vector<Index> rows_without_twins(const Pack& pack, std::string_view split,
                                      const std::vector<std::string>& against) {
  std::vector<bool> leaks(pack.split_names.size());
  for (const auto& name : against) leaks[static_cast<std::size_t>(pack.split_index(name))] = true;
  const Twins twins = find_twins(pack);
  std::vector<Index> rows = pack.rows_of(split);
  std::erase_if(rows, [&](Index row) {
    const std::int32_t g = twins.group_of[static_cast<std::size_t>(row)];
    if (g < 0) return false;
    const auto& group = twins.groups[static_cast<std::size_t>(g)];
    return std::any_of(group.begin(), group.end(),
                       [&](Index twin) { return twin != row && leaks[pack.split[static_cast<std::size_t>(twin)]]; });
  });
  return rows;
}

std::vector<Index> rows_without_copies(const Pack& pack, const Twins& twins, bool drop_contradictory) {
  std::vector<bool> keep(static_cast<std::size_t>(pack.size()), true);
  for (const auto& group : twins.groups) {
    const auto split = [&](Index row) { return pack.split[static_cast<std::size_t>(row)]; };
    const auto label = [&](Index row) { return pack.label[static_cast<std::size_t>(row)]; };
    const Index kept =
        *std::max_element(group.begin(), group.end(), [&](Index a, Index b) { return split(a) < split(b); });
    const bool contradictory =
        std::any_of(group.begin(), group.end(), [&](Index row) { return label(row) != label(group.front()); });
    for (const Index row : group)
      keep[static_cast<std::size_t>(row)] = row == kept && !(drop_contradictory && contradictory);
  }
  std::vector<Index> rows;
  for (Index i = 0; i < pack.size(); ++i)
    if (keep[static_cast<std::size_t>(i)]) rows.push_back(i);
  return rows;
}

}  // namespace mueca
