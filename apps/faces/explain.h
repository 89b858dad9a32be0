// Why a network answered as it did, as a picture: the crop, and beside it where Grad-CAM saw the class.
#pragma once
#include <opencv2/core.hpp>
#include <span>
#include <string>

#include "apps/faces/recognizer.h"

namespace mueca {

// Heat over a picture: colours from dark purple to light yellow ("inferno", even in lightness; never a rainbow, whose
// edges are not in the data), blended in by `alpha`. map [P, Q] in [0, 1], row by row, spread over `window` of the BGR
// picture; outside it nothing changes.
cv::Mat heat_overlay(const cv::Mat& picture, const cv::Mat& map, const cv::Rect2f& window, float alpha = 0.4f);

// original | overlay, enlarged to `side` pixels each, with the predicted class and its probability below: BGR.
// crop: gray S x S (face_crop). layer: as nn/features.h names them, "" the last map. Throws Error when the recogniser
// is not a network or has no such map.
cv::Mat explain(Recognizer& recognizer, const cv::Mat& crop, const std::string& layer = "", int side = 256);

}  // namespace mueca
