#include "apps/faces/overlay_pen.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

namespace mueca {
namespace {

constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;

std::string printable(const std::string& words) {
  std::string out;
  for (const char c : words) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0) == 0x80) continue;  // the rest of a UTF-8 letter
    out += byte >= 0x20 && byte < 0x7f ? c : '?';
  }
  return out;
}

}  // namespace

OverlayPen::OverlayPen(const cv::Mat& picture)
    : unit(std::max(0.5, picture.rows / 480.0)),
      stroke(std::max(2, static_cast<int>(unit * 2 + 0.5))),
      letters(0.5 * unit),
      line(static_cast<int>(18 * unit + 0.5)),
      gap(std::max(2, static_cast<int>(5 * unit + 0.5))) {}

int OverlayPen::text_width(const std::string& words) const {
  int below = 0;
  return cv::getTextSize(printable(words), kFont, letters, stroke, &below).width;
}

void OverlayPen::text(cv::Mat& picture, cv::Point at, const std::string& words, Color color) const {
  cv::putText(picture, printable(words), at, kFont, letters, bgr(color), std::max(1, stroke / 2), cv::LINE_AA);
}

cv::Rect OverlayPen::panel(cv::Mat& picture, cv::Point at, const std::vector<std::string>& lines) const {
  int width = 0;
  for (const std::string& words : lines) width = std::max(width, text_width(words));
  const cv::Rect backing =
      pushed_inside({at.x, at.y, width + 2 * gap, static_cast<int>(lines.size()) * line + gap}, picture.size());
  draw_backing(picture, backing);
  int y = backing.y;
  for (const std::string& words : lines) text(picture, {backing.x + gap, (y += line) - gap / 2}, words);
  return backing;
}

cv::Scalar bgr(Color color) { return {double(color.blue), double(color.green), double(color.red)}; }

cv::Rect pushed_inside(cv::Rect inner, cv::Size picture) {
  inner.x = std::max(0, std::min(inner.x, picture.width - inner.width));
  inner.y = std::max(0, std::min(inner.y, picture.height - inner.height));
  return inner;
}

void draw_backing(cv::Mat& picture, const cv::Rect& where) {
  const cv::Rect inside = where & cv::Rect({0, 0}, picture.size());
  if (inside.empty()) return;
  cv::Mat part = picture(inside);
  cv::addWeighted(part, 1 - kBackingShare, cv::Mat(part.size(), part.type(), bgr(kBacking)), kBackingShare, 0, part);
}

}  // namespace mueca
