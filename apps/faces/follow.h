// Where a face went between two detections: its small gray picture is looked for near its last place.
#pragma once
#include <opencv2/core.hpp>

namespace mueca {

class Follower {
 public:
  void look(const cv::Mat& picture, const cv::Rect2f& box);  // remembers the face, BGR
  // Moves `box` to the best match within a third of its side; returns the correlation, -1 to 1. Without anything
  // remembered, or out of the picture, 0.
  float follow(const cv::Mat& picture, cv::Rect2f& box) const;

 private:
  cv::Mat face_;  // [24, 24] gray
};

}  // namespace mueca
