#include "apps/figures/marker.h"

#include <cmath>
#include <vector>

namespace mueca {
namespace {

constexpr double kTurn = 6.283185307179586;

// `corners` places on circles that alternate between two radii, the first one at `start` of a turn (0: to the right).
std::vector<CanvasPoint> round(CanvasPoint at, double outer, double inner, int corners, double start) {
  std::vector<CanvasPoint> points;
  for (int i = 0; i < corners; ++i) {
    const double angle = kTurn * (start + static_cast<double>(i) / corners), r = i % 2 ? inner : outer;
    points.push_back({at.x + r * std::cos(angle), at.y + r * std::sin(angle)});
  }
  return points;
}

// The twelve corners of a plus, turned by `angle`.
std::vector<CanvasPoint> plus(CanvasPoint at, double arm, double half, double angle) {
  constexpr int kX[] = {2, 2, 1, 1, -1, -1, -2, -2, -1, -1, 1, 1}, kY[] = {-1, 1, 1, 2, 2, 1, 1, -1, -1, -2, -2, -1};
  std::vector<CanvasPoint> points;
  for (int i = 0; i < 12; ++i) {
    const auto length = [&](int step) { return (step < 0 ? -1 : 1) * (step == 2 || step == -2 ? arm : half); };
    const double x = length(kX[i]), y = length(kY[i]);
    points.push_back(
        {at.x + x * std::cos(angle) - y * std::sin(angle), at.y + x * std::sin(angle) + y * std::cos(angle)});
  }
  return points;
}

std::vector<CanvasPoint> outline_of(Marker marker, CanvasPoint at, double r) {
  switch (marker) {
    case Marker::square:
      return round(at, 1.25 * r, 1.25 * r, 4, 0.125);
    case Marker::triangle:
      return round({at.x, at.y + 0.2 * r}, 1.5 * r, 1.5 * r, 3, -0.25);
    case Marker::diamond:
      return round(at, 1.35 * r, 1.35 * r, 4, 0);
    case Marker::down:
      return round({at.x, at.y - 0.2 * r}, 1.5 * r, 1.5 * r, 3, 0.25);
    case Marker::star:
      return round(at, 1.6 * r, 0.7 * r, 10, -0.25);
    case Marker::plus:
      return plus(at, 1.35 * r, 0.45 * r, 0);
    case Marker::cross:
      return plus(at, 1.35 * r, 0.45 * r, kTurn / 8);
    case Marker::circle:
      break;
  }
  return {};
}

}  // namespace

void draw_marker(Canvas& canvas, CanvasPoint at, double radius, Marker marker, Color color, double opacity,
                 bool hollow) {
  const Stroking stroke{color, 1.6};
  if (marker == Marker::circle) {
    canvas.dot(at.x, at.y, radius, hollow ? rgb(0xffffff) : color, opacity);
    if (hollow) canvas.ring(at.x, at.y, radius, stroke);
    return;
  }
  const auto points = outline_of(marker, at, radius);
  canvas.fill(points, hollow ? rgb(0xffffff) : color, opacity);
  if (hollow) canvas.outline(points, stroke);
}

}  // namespace mueca
