// Faces that pull an emotion, drawn from a table of what moves: skin, brows, eyes, mouth.
#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "apps/faces/overlay.h"
#include "apps/faces/overlay_pen.h"

namespace mueca {
namespace {

// Lengths are shares of the head's radius; y points down, (0, 0) is the middle of the head.
struct Muscles {
  std::string_view emotion;
  Color skin;
  double brow_inner, brow_outer;  // height of a brow's ends
  double eye;                     // half height of the eyes
  double mouth_y, mouth_width;    // where the corners are
  double curve;                   // how far the middle of the mouth lies below its corners: > 0 smiles
  double open;                    // how far the lower lip hangs below the upper one
  double tilt;                    // one corner up, the other down
  bool tear;
};

constexpr Muscles kNeutral = {"neutral", rgb(0xffd93b), -0.50, -0.50, 0.15, 0.42, 0.32, 0.00, 0.00, 0.00, false};
constexpr Muscles kFaces[] = {
    kNeutral,
    {"happy", rgb(0xffd93b), -0.56, -0.52, 0.15, 0.22, 0.55, 0.22, 0.36, 0.00, false},
    {"sad", rgb(0xf2cf5b), -0.58, -0.40, 0.12, 0.56, 0.36, -0.24, 0.00, 0.00, true},
    {"angry", rgb(0xf0825a), -0.26, -0.54, 0.12, 0.52, 0.38, -0.16, 0.10, 0.00, false},
    {"surprise", rgb(0xffd93b), -0.70, -0.64, 0.21, 0.38, 0.22, -0.18, 0.56, 0.00, false},
    {"fear", rgb(0xbcd3ea), -0.72, -0.50, 0.22, 0.44, 0.46, -0.22, 0.34, 0.00, false},
    {"disgust", rgb(0xa9c65a), -0.30, -0.42, 0.06, 0.48, 0.42, -0.22, 0.16, 0.16, false},
    {"contempt", rgb(0xffd93b), -0.44, -0.56, 0.10, 0.44, 0.38, 0.04, 0.00, 0.20, false},
};

const Muscles& muscles_of(std::string_view emotion) {
  const auto* found =
      std::find_if(std::begin(kFaces), std::end(kFaces), [&](const Muscles& m) { return m.emotion == emotion; });
  return found == std::end(kFaces) ? kNeutral : *found;
}

class Head {
 public:
  Head(cv::Mat& picture, cv::Point2d middle, double radius) : picture_(picture), middle_(middle), radius_(radius) {}

  cv::Point at(double x, double y) const {  // with 4 bits behind the point, as OpenCV draws them
    return {cvRound((middle_.x + x * radius_) * 16), cvRound((middle_.y + y * radius_) * 16)};
  }
  int stroke(double share) const { return std::max(1, cvRound(share * radius_)); }
  void fill(const std::vector<cv::Point>& points, Color color) {
    cv::fillPoly(picture_, std::vector<std::vector<cv::Point>>{points}, bgr(color), cv::LINE_AA, 4);
  }
  void line(const std::vector<cv::Point>& points, Color color, double share, bool closed = false) {
    cv::polylines(picture_, points, closed, bgr(color), stroke(share), cv::LINE_AA, 4);
  }
  void oval(double x, double y, double rx, double ry, Color color) {
    cv::ellipse(picture_, at(x, y), {cvRound(rx * radius_ * 16), cvRound(ry * radius_ * 16)}, 0, 0, 360, bgr(color),
                cv::FILLED, cv::LINE_AA, 4);
  }
  // From one corner of the mouth to the other, its middle `sag` below them: a quadratic curve.
  std::vector<cv::Point> lip(const Muscles& m, double sag, bool back) const {
    std::vector<cv::Point> points;
    for (int i = 0; i <= 16; ++i) {
      const double t = (back ? 16 - i : i) / 16.0, x = 2 * t - 1;
      points.push_back(at(x * m.mouth_width, m.mouth_y - x * m.tilt + sag * (1 - x * x)));
    }
    return points;
  }

 private:
  cv::Mat& picture_;
  cv::Point2d middle_;
  double radius_;
};

}  // namespace

void draw_emoji(cv::Mat& picture, const cv::Rect2f& box, std::string_view emotion) {
  const double radius = 0.62 * std::max(box.width, box.height);
  if (radius < 2) return;
  const Muscles& m = muscles_of(emotion);
  constexpr Color kLine = rgb(0x3a2a1a), kInside = rgb(0x7a2331);
  Head head(picture, {box.x + box.width / 2.0, box.y + box.height / 2.0}, radius);
  head.oval(0, 0, 1, 1, kLine);
  head.oval(0, 0, 0.95, 0.95, m.skin);
  for (const double side : {-1.0, 1.0}) {
    const bool wide = m.eye > 0.18;  // the white shows all around the iris
    if (wide) head.oval(side * 0.36, -0.16, 0.19, m.eye + 0.03, rgb(0xffffff));
    head.oval(side * 0.36, -0.16, wide ? 0.08 : 0.11, wide ? 0.10 : m.eye, kLine);
    head.line({head.at(side * 0.16, m.brow_inner), head.at(side * 0.56, m.brow_outer)}, kLine, 0.09);
  }
  if (m.tear) {
    head.oval(0.42, 0.22, 0.09, 0.13, rgb(0x4aa8e0));
    head.fill({head.at(0.34, 0.18), head.at(0.42, -0.04), head.at(0.50, 0.18)}, rgb(0x4aa8e0));
  }
  std::vector<cv::Point> mouth = head.lip(m, m.curve, false);
  if (m.open > 0) {
    const std::vector<cv::Point> lower = head.lip(m, m.curve + m.open, true);
    mouth.insert(mouth.end(), lower.begin(), lower.end());
    head.fill(mouth, kInside);
  }
  head.line(mouth, kLine, 0.07, m.open > 0);
}

}  // namespace mueca
