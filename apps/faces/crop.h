// From a detected face to what a network sees: a gray square, framed as the training data frames faces.
#pragma once
#include <opencv2/core.hpp>
#include <string>

#include "apps/faces/detector.h"

namespace mueca {

struct CropRule {
  float margin = 0;  // how much wider than the detector's box the square is, as a share of its side
  float down = 0;    // how far its centre lies below that of the box, likewise
};

CropRule crop_rule(const std::string& detector);  // as measured per detector; throws Error for an unknown one

// Gray [size, size], 8 bits, turned upright if the head leans, area-averaged when it shrinks; outside the picture the
// edge repeats. The picture is BGR or gray. A box of size x size whole pixels is copied as it is.
cv::Mat face_crop(const cv::Mat& picture, const DetectedFace& face, const CropRule& rule, int size);

}  // namespace mueca
