#include "data/clips.h"

#include <algorithm>
#include <cmath>

namespace mueca {
namespace {

// 0 for stills.
std::uint32_t clip_of(const Pack& pack, Index row) {
  return pack.has_clips() ? pack.clip[static_cast<std::size_t>(row)] : 0;
}

}  // namespace

Index first_of_clip(const Pack& pack, Index row) {
  check(row >= 0 && row < pack.size(), "clips: row ", row, " of a pack with ", pack.size(), " rows");
  const std::uint32_t clip = clip_of(pack, row);
  while (clip > 0 && row > 0 && clip_of(pack, row - 1) == clip) --row;
  return row;
}

std::vector<Index> clip_rows(const Pack& pack, std::span<const Index> rows, float share) {
  check(pack.has_clips(), "clips: the pack has none; 'mueca data faces --clips' or 'mueca data import' makes one");
  check(share >= 0 && share <= 1, "clips: a share of a clip must be in [0, 1], got ", share);
  std::vector<Index> out;
  for (std::size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
    const std::uint32_t clip = clip_of(pack, rows[begin]);
    end = begin + 1;
    if (clip == 0) continue;
    while (end < rows.size() && clip_of(pack, rows[end]) == clip) ++end;
    const auto last = static_cast<Index>(end - begin) - 1;
    out.push_back(rows[begin] + std::llround(share * static_cast<float>(last)));
  }
  return out;
}

std::vector<Index> frames_of(const Pack& pack, std::span<const Index> rows, int frames) {
  check(frames >= 1, "clips: frames must be at least 1, got ", frames);
  if (frames == 1) return {rows.begin(), rows.end()};
  std::vector<Index> out;
  for (const Index row : rows) {
    const Index first = first_of_clip(pack, row), steps = row - first;  // steps + 1 frames so far
    for (Index t = 0; t < frames; ++t)
      out.push_back(steps < frames ? std::max(first, row - (frames - 1 - t))
                                   : first + (2 * t * steps + frames - 1) / (2 * (frames - 1)));
  }
  return out;
}

}  // namespace mueca
