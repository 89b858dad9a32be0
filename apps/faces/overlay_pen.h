// The pen of all overlays: sizes that follow the picture's height, and text that can be read on anything.
#pragma once
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "apps/figures/palette.h"

namespace mueca {

inline constexpr Color kBacking = rgb(0x141414), kOnBacking = rgb(0xffffff);
inline constexpr double kBackingShare = 0.8;  // of the picture that a backing hides: white text on it keeps 4.5 : 1

struct OverlayPen {
  explicit OverlayPen(const cv::Mat& picture);

  double unit;     // pixels of the picture per pixel of a picture that is 480 high; at least 0.5
  int stroke;      // width of lines
  double letters;  // font scale
  int line;        // height of a line of text, its leading included
  int gap;         // around texts and between panels

  int text_width(const std::string& words) const;
  // ASCII: other bytes become '?'. The base line starts at `at`.
  void text(cv::Mat& picture, cv::Point at, const std::string& words, Color color = kOnBacking) const;
  // Lines on one dark backing whose top left corner is `at`, pushed into the picture; returns the backing's rectangle.
  cv::Rect panel(cv::Mat& picture, cv::Point at, const std::vector<std::string>& lines) const;
};

cv::Scalar bgr(Color color);
// `inner`, moved into a picture of that size; what is too large starts at its top left corner.
cv::Rect pushed_inside(cv::Rect inner, cv::Size picture);
// Darkens a rectangle, the part that lies in the picture, so that white text on it can be read.
void draw_backing(cv::Mat& picture, const cv::Rect& where);

}  // namespace mueca
