#include "apps/faces/detector.h"

#include <algorithm>
#include <filesystem>
#include <opencv2/imgproc.hpp>
#include <opencv2/objdetect.hpp>

#include "core/error.h"

namespace mueca {
namespace {

// Haar or LBP features in a boosted cascade (Viola & Jones 2001).
class Cascade : public FaceDetector {
 public:
  Cascade(const std::string& file, float smallest) : smallest_(smallest) {
    check(std::filesystem::exists(file), file, ": no such cascade; it comes with the package opencv-data");
    check(cascade_.load(file), file, ": is not a cascade");
  }

  std::vector<DetectedFace> detect(const cv::Mat& picture) override {
    cv::Mat gray;
    cv::cvtColor(picture, gray, cv::COLOR_BGR2GRAY);
    cv::equalizeHist(gray, gray);
    const int side = std::max(20, static_cast<int>(smallest_ * static_cast<float>(std::min(gray.rows, gray.cols))));
    std::vector<cv::Rect> boxes;
    cascade_.detectMultiScale(gray, boxes, 1.1, 5, 0, {side, side});
    std::vector<DetectedFace> faces;
    for (const cv::Rect& box : boxes) faces.push_back({cv::Rect2f(box), 1, {}});
    std::stable_sort(faces.begin(), faces.end(),
                     [](const DetectedFace& a, const DetectedFace& b) { return a.box.area() > b.box.area(); });
    return faces;
  }

 private:
  cv::CascadeClassifier cascade_;
  float smallest_;
};

}  // namespace

std::unique_ptr<FaceDetector> make_detector(const DetectorChoice& choice) {
  const std::string folder = "/usr/share/opencv4/";
  if (choice.name == "haar")
    return std::make_unique<Cascade>(folder + "haarcascades/haarcascade_frontalface_default.xml", choice.smallest);
  if (choice.name == "lbp")
    return std::make_unique<Cascade>(folder + "lbpcascades/lbpcascade_frontalface_improved.xml", choice.smallest);
  throw Error(str("no face detector \"", choice.name, "\"; known: haar lbp yunet"));
}

}  // namespace mueca
