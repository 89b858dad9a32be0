// What was seen of each track: for the timeline and the summary.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "apps/table.h"

namespace mueca {

class TrackHistory {
 public:
  explicit TrackHistory(std::vector<std::string> classes) : classes_(std::move(classes)) {}

  // A frame lasts from `seconds` to the next frame's; labels are places in `classes`.
  void see(int track, int label, bool uncertain, double seconds, double frame_seconds);

  Table table() const;  // a row per track: frames, from, to, its most frequent labels
  // A lane per track, coloured by label, pale where uncertain: stem.svg and stem.png. At most 40 lanes, the longest.
  void write_timeline(const std::filesystem::path& stem, const std::string& title) const;
  bool empty() const { return tracks_.empty(); }

 private:
  struct Span {
    int label;
    bool uncertain;
    double begin, end;
  };
  struct Seen {
    std::int64_t frames = 0;
    std::vector<std::int64_t> of_label;
    std::vector<Span> spans;
  };
  std::vector<std::string> classes_;
  std::map<int, Seen> tracks_;
};

}  // namespace mueca
