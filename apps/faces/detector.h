// Face detectors behind one interface.
#pragma once
#include <memory>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace mueca {

struct DetectedFace {
  cv::Rect2f box;  // pixels of the picture; may reach over its edge
  float score = 1;
  std::vector<cv::Point2f> landmarks;  // none, or five: eyes, nose tip, corners of the mouth; the viewer's left first
};

class FaceDetector {
 public:
  virtual ~FaceDetector() = default;
  // Every face of a BGR picture, the largest first; none is an empty list.
  virtual std::vector<DetectedFace> detect(const cv::Mat& picture) = 0;
};

struct DetectorChoice {
  std::string name = "haar";  // haar, lbp, yunet
  std::string model;          // yunet: its ONNX file
  float smallest = 0.06f;     // side of the smallest face, as a share of the picture's shorter side
};

// Throws Error for an unknown name (listing the known ones) or a model file that is missing or does not load.
std::unique_ptr<FaceDetector> make_detector(const DetectorChoice& choice);

}  // namespace mueca
