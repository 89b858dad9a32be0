#include "apps/faces/tracker.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace mueca {
namespace {

cv::Point2f centre(const cv::Rect2f& box) { return (box.tl() + box.br()) * 0.5f; }

// How much a track and a box look like one face: above 1 by overlap, in (0, 1] by nearness, 0 not at all.
float likeness(const cv::Rect2f& a, const cv::Rect2f& b, const TrackRule& rule) {
  const float overlap = overlap_of(a, b);
  if (overlap >= rule.overlap) return 1 + overlap;
  const float side = std::max(a.width, b.width), far = static_cast<float>(cv::norm(centre(a) - centre(b)));
  const bool similar = std::min(a.width, b.width) > 0.6f * side;
  return similar && far < rule.reach * side ? 1 - far / (rule.reach * side) : 0;
}

}  // namespace

float overlap_of(const cv::Rect2f& a, const cv::Rect2f& b) {
  const float both = (a & b).area(), either = a.area() + b.area() - both;
  return either > 0 ? both / either : 0;
}

void Tracker::next_frame() {
  for (Track& track : tracks_) ++track.unseen;
}

std::vector<int> Tracker::update(std::span<const cv::Rect2f> boxes) {
  std::vector<std::tuple<float, std::size_t, std::size_t>> pairs;  // likeness, track, box
  for (std::size_t t = 0; t < tracks_.size(); ++t)
    for (std::size_t b = 0; b < boxes.size(); ++b)
      if (const float like = likeness(tracks_[t].box, boxes[b], rule_); like > 0) pairs.emplace_back(like, t, b);
  std::sort(pairs.begin(), pairs.end(), [](const auto& x, const auto& y) {
    return std::tuple(-std::get<0>(x), std::get<1>(x), std::get<2>(x)) <
           std::tuple(-std::get<0>(y), std::get<1>(y), std::get<2>(y));
  });
  std::vector<int> keys(boxes.size(), 0);
  std::vector<bool> met(tracks_.size(), false);
  for (const auto& [like, t, b] : pairs) {
    if (met[t] || keys[b] != 0) continue;
    Track& track = tracks_[t];
    met[t] = true;
    keys[b] = track.key;
    track.box = boxes[b];
    track.unseen = 0;
    ++track.hits;
  }
  for (std::size_t t = 0; t < met.size(); ++t)
    if (!met[t]) tracks_[t].hits = 0;
  std::erase_if(
      tracks_, [&](const Track& track) { return track.hits == 0 && (track.id == 0 || track.unseen > rule_.patience); });
  for (std::size_t b = 0; b < boxes.size(); ++b)
    if (keys[b] == 0) tracks_.push_back({keys[b] = ++keys_, 0, boxes[b], 1, 0});
  for (Track& track : tracks_)
    if (track.id == 0 && track.hits >= rule_.confirm) track.id = ++ids_;
  return keys;
}

}  // namespace mueca
