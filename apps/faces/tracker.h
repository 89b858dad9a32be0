// Which face of this frame is which face of the last one: stable ids for boxes.
#pragma once
#include <opencv2/core.hpp>
#include <span>
#include <vector>

namespace mueca {

struct TrackRule {
  float overlap = 0.25f;  // least intersection over union of one face in two frames
  float reach = 0.5f;     // else: how far its centre may have moved, as a share of the box's side, at a similar size
  int confirm = 3;        // detections in a row until a track counts; 1: at once
  int patience = 20;      // frames without a detection until it is lost
};

struct Track {
  int key = 0;     // from the first detection on, never used again
  int id = 0;      // from the confirming one on: 1, 2, ...; 0 before
  cv::Rect2f box;  // the owner may move it between detections
  int hits = 0;    // detections in a row
  int unseen = 0;  // frames since the last one
};

float overlap_of(const cv::Rect2f& a, const cv::Rect2f& b);  // intersection over union, 0 to 1

// Greedy: the pair that overlaps most is matched first, then the nearest centres; ties go to the older track and the
// earlier box, so that equal input gives equal ids.
class Tracker {
 public:
  explicit Tracker(const TrackRule& rule = {}) : rule_(rule) {}

  void next_frame();  // once per frame, before its update
  // The boxes of a frame in which faces were looked for; returns for each the key of its track. Lost tracks go, as do
  // unconfirmed ones that were missed once.
  std::vector<int> update(std::span<const cv::Rect2f> boxes);

  std::vector<Track>& tracks() { return tracks_; }  // the oldest first
  int confirmed() const { return ids_; }            // ids given so far

 private:
  TrackRule rule_;
  std::vector<Track> tracks_;
  int keys_ = 0, ids_ = 0;
};

}  // namespace mueca
