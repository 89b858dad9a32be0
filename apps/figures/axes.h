// One plotting area of a figure: linear or logarithmic y, ticks at round numbers, a light grid.
#pragma once
#include <string>
#include <vector>

#include "apps/figures/canvas.h"

namespace mueca {

// Round numbers (1, 2, 5 times a power of ten) that cover [low, high] in about `count` steps.
std::vector<double> round_ticks(double low, double high, int count);

class Axes {
 public:
  // The area in pixels, and the values at its edges; low == high is widened.
  Axes(double left, double top, double width, double height, double x_low, double x_high, double y_low, double y_high,
       bool logarithmic = false);

  double x(double value) const;
  double y(double value) const;
  // Grid, ticks and their labels; x labels only where wanted. `unit` follows the y labels ("%").
  void draw(Canvas& canvas, const std::string& y_title, int y_ticks, bool x_labels, const std::string& unit = "") const;
  // A curve; values that are not finite leave a gap.
  void curve(Canvas& canvas, const std::vector<double>& xs, const std::vector<double>& ys, Stroking stroke) const;

 private:
  double left_, top_, width_, height_, x_low_, x_high_, y_low_, y_high_;
  bool logarithmic_;
};

}  // namespace mueca
