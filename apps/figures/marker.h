// Shapes that tell series apart without colour.
#pragma once
#include "apps/figures/canvas.h"

namespace mueca {

enum class Marker { circle, square, triangle, diamond, down, cross, star, plus };
inline constexpr int kMarkers = 8;
inline Marker marker_of(int index) { return static_cast<Marker>(index % kMarkers); }

// About `at`, of about the area of a circle with this radius; hollow: white inside.
void draw_marker(Canvas& canvas, CanvasPoint at, double radius, Marker marker, Color color, double opacity = 1,
                 bool hollow = false);

}  // namespace mueca
