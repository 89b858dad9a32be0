#include "apps/faces/crop.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>

#include "core/error.h"

namespace mueca {
namespace {

struct DetectorRule {
  const char* detector;
  CropRule rule;
};

// Where each detector's box lies within FER2013's images: medians, measured by apps/vision/measure_crop.cpp
// (figures in apps/vision/README.md). YuNet's is not measured.
constexpr DetectorRule kRules[] = {{"haar", {0.03f, 0}}, {"lbp", {0.5f, -0.11f}}, {"yunet", {0, 0}}, {"whole", {0, 0}}};

}  // namespace

CropRule crop_rule(const std::string& detector) {
  for (const DetectorRule& entry : kRules)
    if (detector == entry.detector) return entry.rule;
  throw Error(str("no crop rule for the face detector \"", detector, "\""));
}

cv::Mat face_crop(const cv::Mat& picture, const DetectedFace& face, const CropRule& rule, int size) {
  check(!picture.empty() && size > 0, "face crop: needs a picture and a size");
  const float side = std::max(1.0f, std::max(face.box.width, face.box.height) * (1 + rule.margin));
  const auto whole = static_cast<int>(std::lround(side));
  const float lean = face.tilt * std::numbers::pi_v<float> / 180, c = std::cos(lean), s = std::sin(lean);
  const float down = rule.down * face.box.height;
  const cv::Point2f centre(face.box.x + face.box.width / 2 - s * down, face.box.y + face.box.height / 2 + c * down);

  // Only the part that the square needs: OpenCV warps nothing wider than 32767 pixels, and less is faster.
  const auto reach = static_cast<int>(std::ceil(side * (std::abs(c) + std::abs(s)) / 2)) + 2;
  const cv::Rect all(0, 0, picture.cols, picture.rows);
  cv::Rect part = cv::Rect(cvFloor(centre.x) - reach, cvFloor(centre.y) - reach, 2 * reach + 1, 2 * reach + 1) & all;
  if (part.empty()) part = all;

  // Pixel (u, v) of the square is pixel (x, y) of the part; both count from the centres of their pixels.
  const float half = static_cast<float>(whole - 1) / 2;
  const float x = centre.x - 0.5f - static_cast<float>(part.x), y = centre.y - 0.5f - static_cast<float>(part.y);
  const cv::Matx23f from(c, -s, x - c * half + s * half, s, c, y - s * half - c * half);
  cv::Mat square, gray;
  cv::warpAffine(picture(part), square, from, {whole, whole}, cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                 cv::BORDER_REPLICATE);
  if (square.channels() == 3)
    cv::cvtColor(square, gray, cv::COLOR_BGR2GRAY);
  else
    gray = square;
  if (whole != size) cv::resize(gray, gray, {size, size}, 0, 0, whole > size ? cv::INTER_AREA : cv::INTER_LINEAR);
  return gray;
}

}  // namespace mueca
