#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <opencv2/core/utility.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/objdetect.hpp>

#include "apps/faces/detector.h"
#include "core/error.h"

namespace mueca {
namespace {

namespace fs = std::filesystem;

constexpr float kLean = 22;      // degrees of the passes for leaning heads
constexpr int kSideEnough = 40;  // pixels of the smallest face that the cascades (20 or 24 wide) are shown
constexpr double kNextScale = 1.1;
constexpr double kSameFace = 0.2;  // OpenCV's measure of boxes that belong together

// A window that passes a cascade is one vote, if the cascade's last stage was sure enough of it; so many votes for
// about the same box, of whichever cascade, make a face. Figures in apps/vision/README.md.
struct CascadeVoter {
  const char* file;
  double least;  // weight of the last stage
};
struct CascadeSet {
  const char* name;
  bool thorough;
  std::vector<CascadeVoter> voters;
  int votes;
};

constexpr char kHaar[] = "haarcascades/haarcascade_frontalface_default.xml";
constexpr char kHaarTrees[] = "haarcascades/haarcascade_frontalface_alt2.xml";
constexpr char kLbp[] = "lbpcascades/lbpcascade_frontalface_improved.xml";
constexpr double kAny = -1e9;

const CascadeSet& cascade_set(const DetectorChoice& choice) {
  static const CascadeSet sets[] = {
      {"haar", false, {{kHaar, kAny}}, 6},
      {"haar", true, {{kHaar, 1}, {kHaarTrees, kAny}}, 5},
      {"lbp", false, {{kLbp, kAny}}, 3},
      {"lbp", true, {{kLbp, kAny}}, 3},
  };
  for (const CascadeSet& set : sets)
    if (choice.name == set.name && choice.thorough == set.thorough) return set;
  throw Error(str("no cascades for ", choice.name));
}

// $MUECA_CASCADES, then where packages of OpenCV put them.
std::string find_cascade(const std::string& name) {
  const char* own = std::getenv("MUECA_CASCADES");
  for (const char* folder : {own ? own : "", "/usr/share/opencv4", "/usr/share/opencv", "/usr/local/share/opencv4"})
    for (const fs::path& file : {fs::path(folder) / name, fs::path(folder) / fs::path(name).filename()})
      if (*folder && fs::is_regular_file(file)) return file.string();
  const std::string sample = cv::samples::findFile(name, false, true);
  check(fs::is_regular_file(sample), fs::path(name).filename().string(),
        ": not found; install the package opencv-data, or name the folder that holds it in MUECA_CASCADES");
  return sample;
}

// From the turned picture back to the upright one, which it holds whole, about the centres of both.
struct Turn {
  float c, s;
  cv::Size2f from, to;
  Turn(float degrees, cv::Size picture)
      : c(std::cos(degrees * static_cast<float>(CV_PI) / 180)),
        s(std::sin(degrees * static_cast<float>(CV_PI) / 180)),
        from(picture),
        to(std::ceil(from.width * std::abs(c) + from.height * std::abs(s)),
           std::ceil(from.width * std::abs(s) + from.height * std::abs(c))) {}
  cv::Point2f back(cv::Point2f p) const {
    const float x = p.x - to.width / 2, y = p.y - to.height / 2;
    return {from.width / 2 + c * x - s * y, from.height / 2 + s * x + c * y};
  }
  cv::Mat apply(const cv::Mat& gray) const {
    const cv::Point2f origin = back({0.5f, 0.5f});
    cv::Mat turned;
    cv::warpAffine(gray, turned, cv::Matx23f(c, -s, origin.x - 0.5f, s, c, origin.y - 0.5f), cv::Size(to),
                   cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT, cv::Scalar::all(127));
    return turned;
  }
};

// Haar or LBP features in boosted cascades (Viola & Jones 2001).
class Cascades : public FaceDetector {
 public:
  explicit Cascades(const DetectorChoice& choice) : choice_(choice), votes_(cascade_set(choice).votes) {
    for (const CascadeVoter& voter : cascade_set(choice).voters) {
      const std::string file = find_cascade(voter.file);
      voters_.push_back({{}, voter.least});
      bool loaded = false;
      try {
        loaded = voters_.back().cascade.load(file);
      } catch (const cv::Exception&) {  // says the same as false
      }
      check(loaded, file, ": is not a cascade");
    }
  }

  std::vector<DetectedFace> detect(const cv::Mat& picture) override {
    check(picture.type() == CV_8UC3, "face detector: the picture must be BGR of 8 bits");
    cv::Mat gray;
    cv::cvtColor(picture, gray, cv::COLOR_BGR2GRAY);
    const float smallest = choice_.smallest * static_cast<float>(std::min(gray.rows, gray.cols));
    const float scale = std::min(1.0f, kSideEnough / smallest);
    if (scale < 1) cv::resize(gray, gray, {}, scale, scale, cv::INTER_AREA);
    cv::equalizeHist(gray, gray);
    std::vector<DetectedFace> faces = search(gray, smallest * scale);
    if (choice_.thorough)
      for (const float lean : {-kLean, kLean}) {
        const Turn turn(lean, gray.size());
        for (DetectedFace face : search(turn.apply(gray), smallest * scale)) {
          const cv::Point2f half(face.box.width / 2, face.box.height / 2);
          const cv::Point2f centre = turn.back(face.box.tl() + half);
          face.box = {centre - half, face.box.size()};
          face.tilt = lean;
          faces.push_back(face);
        }
      }
    // Upright unless leaning is much surer: the training data was cut upright, too.
    const auto sure = [](const DetectedFace& face) { return face.tilt == 0 ? 2 * face.score : face.score; };
    const auto better = [&](const DetectedFace& a, const DetectedFace& b) { return sure(a) > sure(b); };
    std::stable_sort(faces.begin(), faces.end(), better);
    faces = distinct_faces(faces);
    const float x = static_cast<float>(picture.cols) / static_cast<float>(gray.cols);
    const float y = static_cast<float>(picture.rows) / static_cast<float>(gray.rows);
    for (DetectedFace& face : faces)
      face.box = {face.box.x * x, face.box.y * y, face.box.width * x, face.box.height * y};
    return faces;
  }

 private:
  std::vector<DetectedFace> search(const cv::Mat& gray, float smallest) {
    const int side = std::max(20, static_cast<int>(smallest));
    std::vector<cv::Rect> boxes;
    for (Voter& voter : voters_) {
      std::vector<cv::Rect> windows;
      std::vector<int> stages;
      std::vector<double> weights;
      voter.cascade.detectMultiScale(gray, windows, stages, weights, kNextScale, 0, 0, {side, side}, {}, true);
      for (std::size_t i = 0; i < windows.size(); ++i)
        if (weights[i] >= voter.least) boxes.push_back(windows[i]);
    }
    std::vector<int> votes;
    cv::groupRectangles(boxes, votes, votes_ - 1, kSameFace);
    std::vector<DetectedFace> faces;
    for (std::size_t i = 0; i < boxes.size(); ++i)
      faces.push_back({cv::Rect2f(boxes[i]), static_cast<float>(votes[i])});
    return faces;
  }

  DetectorChoice choice_;
  int votes_;
  struct Voter {
    cv::CascadeClassifier cascade;
    double least;
  };
  std::vector<Voter> voters_;
};

}  // namespace

std::unique_ptr<FaceDetector> make_cascade_detector(const DetectorChoice& choice) {
  return std::make_unique<Cascades>(choice);
}

}  // namespace mueca
