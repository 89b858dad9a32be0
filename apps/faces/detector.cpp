#include "apps/faces/detector.h"

#include <algorithm>

#include "core/error.h"

namespace mueca {
namespace {

class WholePicture : public FaceDetector {
 public:
  std::vector<DetectedFace> detect(const cv::Mat& picture) override {
    return {{cv::Rect2f(0, 0, static_cast<float>(picture.cols), static_cast<float>(picture.rows))}};
  }
};

}  // namespace

std::unique_ptr<FaceDetector> make_detector(const DetectorChoice& choice) {
  check(choice.smallest > 0 && choice.smallest <= 1, "the smallest face must be a share in (0, 1], got ",
        choice.smallest);
  const bool yunet = choice.name == "yunet", whole = choice.name == "whole";
  check(yunet || whole || choice.name == "haar" || choice.name == "lbp", "no face detector \"", choice.name,
        "\"; known: haar lbp yunet whole");
  check(yunet || choice.model.empty(), "the face detector ", choice.name, " takes no model file; yunet does");
  if (whole) return std::make_unique<WholePicture>();
  return yunet ? make_yunet_detector(choice) : make_cascade_detector(choice);
}

std::vector<DetectedFace> distinct_faces(const std::vector<DetectedFace>& faces) {
  std::vector<DetectedFace> kept;
  for (const DetectedFace& face : faces) {
    const bool known = std::any_of(kept.begin(), kept.end(), [&](const DetectedFace& other) {
      return (face.box & other.box).area() > 0.3f * std::min(face.box.area(), other.box.area());
    });
    if (!known) kept.push_back(face);
  }
  std::stable_sort(kept.begin(), kept.end(),
                   [](const DetectedFace& a, const DetectedFace& b) { return a.box.area() > b.box.area(); });
  return kept;
}

}  // namespace mueca
