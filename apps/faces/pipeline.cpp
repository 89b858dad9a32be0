#include "apps/faces/pipeline.h"

namespace mueca {

FacePipeline::FacePipeline(const DetectorChoice& choice, const std::string& checkpoint, const std::string& model,
                           Device device)
    : detector(make_detector(choice)),
      recognizer(open_recognizer(checkpoint, model, device)),
      rule(crop_rule(choice.name)) {}

FacePipeline::FacePipeline(std::unique_ptr<FaceDetector> some_detector, std::unique_ptr<Recognizer> some_recognizer,
                           const CropRule& some_rule)
    : detector(std::move(some_detector)), recognizer(std::move(some_recognizer)), rule(some_rule) {}

std::vector<SeenFace> FacePipeline::see(const cv::Mat& picture) {
  const std::vector<DetectedFace> found = detector->detect(picture);
  std::vector<cv::Mat> crops;
  for (const DetectedFace& face : found) crops.push_back(face_crop(picture, face, rule, recognizer->crop_size));
  const std::vector<Expression> expressions = recognizer->recognise(crops);
  std::vector<SeenFace> seen;
  for (std::size_t i = 0; i < found.size(); ++i) seen.push_back({found[i], expressions[i]});
  return seen;
}

}  // namespace mueca
