// One plotting area of a figure: linear or logarithmic axes, ticks at round numbers, a light grid.
#pragma once
#include <string>
#include <vector>

#include "apps/figures/canvas.h"
#include "apps/figures/layout.h"

namespace mueca {

// Round numbers (1, 2, 5 times a power of ten) that cover [low, high] in about `count` steps.
std::vector<double> round_ticks(double low, double high, int count);

// The values at the two ends of an axis; low >= high is widened.
struct Scale {
  double low = 0, high = 1;
  bool logarithmic = false;
};
// The scale that holds all finite values, its ends at round numbers; [0, 1] without any.
Scale round_scale(const std::vector<double>& values, int ticks = 5);

struct AxisLook {
  std::string title;
  int ticks = 5;
  std::string unit = {};  // behind each label: " %"
  bool labels = true;
  bool whole = false;  // ticks at whole numbers only: epochs
};

class Axes {
 public:
  Axes(const Area& area, Scale x, Scale y);

  double x(double value) const;
  double y(double value) const;
  const Area& area() const { return area_; }
  // Grid, ticks, their labels and the axes' titles.
  void draw(Canvas& canvas, const AxisLook& x, const AxisLook& y) const;
  // A curve; values that are not finite leave a gap, those outside run along the edge.
  void curve(Canvas& canvas, const std::vector<double>& xs, const std::vector<double>& ys, Stroking stroke) const;
  // The area between two curves, where both are finite.
  void band(Canvas& canvas, const std::vector<double>& xs, const std::vector<double>& low,
            const std::vector<double>& high, Color color, double opacity) const;

 private:
  bool drawable(double y) const;

  Area area_;
  Scale x_, y_;
};

}  // namespace mueca
