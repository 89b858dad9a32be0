// A small anti-aliased rasteriser for faces: every pixel knows where it lies on the head and on the turned face, shapes
// are distances in those units, and their edges are one pixel (or `softness`) wide.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "data/face.h"

namespace mueca {

struct Point {
  float x = 0, y = 0;
};

struct Box {
  float left, top, right, bottom;
};

// Distance to a disc and an ellipse (approximate away from the edge; radii > 0); negative inside.
inline float length(float x, float y) { return std::sqrt(x * x + y * y); }
inline float disc(Point p, Point c, float radius) { return length(p.x - c.x, p.y - c.y) - radius; }
inline float ellipse(Point p, Point c, float rx, float ry) {
  return (length((p.x - c.x) / rx, (p.y - c.y) / ry) - 1) * std::min(rx, ry);
}

// A quadratic curve as eight segments, thick at the start and thinner at the end.
class Stroke {
 public:
  // Through `from`, `middle` and `to`; widths are half thicknesses.
  Stroke(Point from, Point middle, Point to, float width_from, float width_to);
  float distance(Point p) const;
  Box box(float margin) const;

 private:
  std::array<Point, 9> points_;
  float width_from_, width_to_;
};

enum class Plane { head, face };  // upright head seen from the front; the face after yaw and pitch

class FaceRaster {
 public:
  FaceRaster(int size, const FacePose& pose, float head_width);

  int size() const { return size_; }
  float pixel() const { return pixel_; }  // units
  Point at(Plane plane, std::size_t i) const { return plane == Plane::head ? head_[i] : face_[i]; }

  std::vector<float> tone;    // [size * size] reflectance, later brightness
  std::vector<float> relief;  // height towards the viewer, units
  std::vector<float> lit;     // 1 where light and relief matter (skin, hair), 0 on the background

  // Calls apply(pixel, coverage in (0, 1]) where distance(point) is negative, with a soft edge.
  template <class Distance, class Apply>
  void cover(Plane plane, Box box, float softness, const Distance& distance, const Apply& apply) {
    const float edge = std::max(softness, pixel_);
    const std::vector<Point>& points = plane == Plane::head ? head_ : face_;
    const Pixels range = pixels_of(plane, box);
    for (int row = range.top; row < range.bottom; ++row)
      for (int column = range.left; column < range.right; ++column) {
        const auto i = static_cast<std::size_t>(row * size_ + column);
        const Point p = points[i];
        if (p.x < box.left || p.x > box.right || p.y < box.top || p.y > box.bottom) continue;
        const float c = std::clamp(0.5f - distance(p) / edge, 0.0f, 1.0f);
        if (c > 0) apply(i, c * c * (3 - 2 * c));
      }
  }

  // Lays a tone over what is there.
  template <class Distance>
  void paint(Plane plane, Box box, float new_tone, float opacity, float softness, const Distance& distance) {
    cover(plane, box, softness, distance,
          [&](std::size_t i, float c) { tone[i] += opacity * c * (new_tone - tone[i]); });
  }
  // Darkens what is there by the factor 1 - strength.
  template <class Distance>
  void shade(Plane plane, Box box, float strength, float softness, const Distance& distance) {
    cover(plane, box, softness, distance, [&](std::size_t i, float c) { tone[i] *= 1 - strength * c; });
  }
  void shade(const Stroke& stroke, float strength, float softness);  // on the face
  void raise(Point center, float rx, float ry, float height);        // a smooth bump on the face's relief

 private:
  struct Pixels {
    int top, left, bottom, right;
  };
  Pixels pixels_of(Plane plane, Box box) const;  // that can lie in the box

  int size_;
  float pixel_;
  FacePose pose_;
  Point radius_;  // of the cylinders that yaw and pitch turn
  std::vector<Point> head_, face_;
};

}  // namespace mueca
