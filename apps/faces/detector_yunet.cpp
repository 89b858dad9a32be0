#include <algorithm>
#include <filesystem>
#include <opencv2/imgproc.hpp>
#include <opencv2/objdetect.hpp>

#include "apps/faces/detector.h"
#include "core/error.h"

namespace mueca {
namespace {

constexpr int kLongSide = 640;  // pixels the picture is shrunk to: YuNet was trained on faces of 10 to 300 pixels
constexpr float kConfidence = 0.7f;
constexpr float kOverlap = 0.3f;  // of two boxes of one face
constexpr int kMostFaces = 5000;  // before overlapping boxes are merged

// OpenCV's YuNet (Wu et al. 2023). Its file must fit OpenCV's version (opencv_zoo issues 102, 170 and 172).
const char* right_file() {
#if CV_VERSION_MAJOR >= 5
  return "face_detection_yunet_2026may.onnx";
#elif CV_VERSION_MAJOR == 4 && CV_VERSION_MINOR >= 8
  return "face_detection_yunet_2023mar.onnx";
#else
  return "face_detection_yunet_2022mar.onnx";
#endif
}

class YuNet : public FaceDetector {
 public:
  explicit YuNet(const DetectorChoice& choice) : smallest_(choice.smallest) {
    const std::string& file = choice.model;
    check(!file.empty(), "the face detector yunet needs its model file (--detector-model); OpenCV ", CV_VERSION,
          " takes ", right_file());
    check(std::filesystem::is_regular_file(file), file, ": no such file");
    std::string reason = "finds no outputs of YuNet in it";
    try {
      detector_ = cv::FaceDetectorYN::create(file, "", {kLongSide, kLongSide}, kConfidence, kOverlap, kMostFaces);
      cv::Mat none;  // a file for another version loads, but does not run
      detector_->detect(cv::Mat(kLongSide, kLongSide, CV_8UC3, cv::Scalar::all(127)), none);
      return;
    } catch (const cv::Exception& error) {
      if (!error.err.empty()) reason = error.err;
    }
    throw Error(str(file, ": is not the YuNet that OpenCV ", CV_VERSION, " takes, ", right_file(),
                    " (2022mar before 4.8, 2023mar from 4.8, 2026may from 5 on): ", reason));
  }

  std::vector<DetectedFace> detect(const cv::Mat& picture) override {
    check(picture.type() == CV_8UC3, "face detector: the picture must be BGR of 8 bits");
    const float scale =
        std::min(1.0f, static_cast<float>(kLongSide) / static_cast<float>(std::max(picture.rows, picture.cols)));
    cv::Mat small = picture;
    if (scale < 1) cv::resize(picture, small, {}, scale, scale, cv::INTER_AREA);
    detector_->setInputSize(small.size());
    cv::Mat rows;  // [N, 15]: box, five points (the subject's right eye first), score
    detector_->detect(small, rows);
    const float smallest = smallest_ * static_cast<float>(std::min(picture.rows, picture.cols));
    std::vector<DetectedFace> faces;
    for (int i = 0; i < rows.rows; ++i) {
      const float* v = rows.ptr<float>(i);
      DetectedFace face{{v[0] / scale, v[1] / scale, v[2] / scale, v[3] / scale}, v[14]};
      for (int k = 4; k < 14; k += 2) face.landmarks.emplace_back(v[k] / scale, v[k + 1] / scale);
      if (std::max(face.box.width, face.box.height) >= smallest) faces.push_back(face);
    }
    std::stable_sort(faces.begin(), faces.end(),
                     [](const DetectedFace& a, const DetectedFace& b) { return a.score > b.score; });
    return distinct_faces(faces);
  }

 private:
  cv::Ptr<cv::FaceDetectorYN> detector_;
  float smallest_;
};

}  // namespace

std::unique_ptr<FaceDetector> make_yunet_detector(const DetectorChoice& choice) {
  return std::make_unique<YuNet>(choice);
}

}  // namespace mueca
