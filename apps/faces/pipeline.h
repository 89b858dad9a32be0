// A picture in, faces with their expressions out: detect, crop, recognise in one batch.
#pragma once
#include <memory>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "apps/faces/crop.h"
#include "apps/faces/detector.h"
#include "apps/faces/recognizer.h"

namespace mueca {

struct SeenFace {
  DetectedFace where;
  Expression expression;
};

class FacePipeline {
 public:
  // Throws Error when the detector or the recogniser cannot be had; see make_detector and open_recognizer.
  FacePipeline(const DetectorChoice& detector, const std::string& checkpoint, const std::string& model = "",
               Device device = Device::cpu);

  FacePipeline(std::unique_ptr<FaceDetector> detector, std::unique_ptr<Recognizer> recognizer, const CropRule& rule);

  std::vector<SeenFace> see(const cv::Mat& picture);  // BGR; every face, the largest first

  std::unique_ptr<FaceDetector> detector;
  std::unique_ptr<Recognizer> recognizer;
  CropRule rule;
};

}  // namespace mueca
