#include "apps/faces/follow.h"

#include <opencv2/imgproc.hpp>

namespace mueca {
namespace {

constexpr int kSide = 24, kReach = 8;  // pixels of the small picture

// The square about the box's centre, `share` times its side, gray at [side, side]; empty when it is out of the picture.
cv::Mat small_gray(const cv::Mat& picture, const cv::Rect2f& box, float share, int side) {
  const cv::Point2f centre = (box.tl() + box.br()) * 0.5f;
  if (!cv::Rect2f(0, 0, float(picture.cols), float(picture.rows)).contains(centre)) return {};
  const int whole = std::max(1, cvRound(box.width * share));
  cv::Mat square, gray;
  cv::getRectSubPix(picture, {whole, whole}, centre, square);
  cv::resize(square, square, {side, side}, 0, 0, whole > side ? cv::INTER_AREA : cv::INTER_LINEAR);
  cv::cvtColor(square, gray, cv::COLOR_BGR2GRAY);
  return gray;
}

}  // namespace

void Follower::look(const cv::Mat& picture, const cv::Rect2f& box) { face_ = small_gray(picture, box, 1, kSide); }

float Follower::follow(const cv::Mat& picture, cv::Rect2f& box) const {
  constexpr int kAround = kSide + 2 * kReach;
  const cv::Mat around = face_.empty() ? cv::Mat() : small_gray(picture, box, float(kAround) / kSide, kAround);
  if (around.empty()) return 0;
  cv::Mat likeness;
  cv::matchTemplate(around, face_, likeness, cv::TM_CCOEFF_NORMED);
  double best = 0;
  cv::Point place;
  cv::minMaxLoc(likeness, nullptr, &best, nullptr, &place);
  box.x += static_cast<float>(place.x - kReach) * box.width / kSide;
  box.y += static_cast<float>(place.y - kReach) * box.height / kSide;
  return static_cast<float>(best);
}

}  // namespace mueca
