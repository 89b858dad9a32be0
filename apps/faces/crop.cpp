#include "apps/faces/crop.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace mueca {

CropRule crop_rule(const std::string&) { return {}; }

cv::Mat face_crop(const cv::Mat& picture, const DetectedFace& face, const CropRule& rule, int size) {
  const float side = std::max(face.box.width, face.box.height) * (1 + rule.margin);
  const cv::Point2f centre(face.box.x + face.box.width / 2,
                           face.box.y + face.box.height / 2 + rule.down * face.box.height);
  const auto whole = std::max(1, static_cast<int>(std::lround(side)));
  cv::Mat square, gray;
  cv::getRectSubPix(picture, {whole, whole}, centre, square);  // repeats the edge
  if (square.channels() == 3)
    cv::cvtColor(square, gray, cv::COLOR_BGR2GRAY);
  else
    gray = square;
  cv::resize(gray, gray, {size, size}, 0, 0, whole > size ? cv::INTER_AREA : cv::INTER_LINEAR);
  return gray;
}

}  // namespace mueca
