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
  std::vector<cv::Point2f> landmarks = {};  // none, or five: eyes, nose tip, corners of the mouth; viewer's left first
  float tilt = 0;  // degrees by which the head leans clockwise; the box is turned about its centre
};

class FaceDetector {
 public:
  virtual ~FaceDetector() = default;
  // Every face of a BGR picture, the largest first; none is an empty list.
  virtual std::vector<DetectedFace> detect(const cv::Mat& picture) = 0;
};

struct DetectorChoice {
  std::string name = "haar";  // haar, lbp, yunet; whole: the picture is the face
  std::string model = {};     // yunet: its ONNX file
  float smallest = 0.06f;     // side of the smallest face, as a share of the picture's shorter side
  bool thorough = false;      // for photos: more faces, leaning heads too, at several times the cost
};

// Throws Error for an unknown name (listing the known ones) or a model file that is missing or does not load.
std::unique_ptr<FaceDetector> make_detector(const DetectorChoice& choice);

// The kinds that make_detector chooses from.
std::unique_ptr<FaceDetector> make_cascade_detector(const DetectorChoice& choice);  // detector_cascade.cpp
std::unique_ptr<FaceDetector> make_yunet_detector(const DetectorChoice& choice);    // detector_yunet.cpp

// The same face is found again at other scales and angles: of two boxes that share more than 30 % of the smaller
// one the better is kept (first in `faces`). The largest first.
std::vector<DetectedFace> distinct_faces(const std::vector<DetectedFace>& faces);

}  // namespace mueca
