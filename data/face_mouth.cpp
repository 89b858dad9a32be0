// Mouth: four curves over its width - outer and inner edge of both lips - moved by the action units.
#include <algorithm>
#include <cmath>

#include "data/face_drawing.h"

namespace mueca {
namespace {

struct Mouth {
  float center_y, half_width;
  float corner_left, corner_right;  // heights of the corners
  float upper_y, lower_y;           // inner edges in the middle; equal when closed
  float upper_lip, lower_lip;       // thickness in the middle
  float squareness;                 // of the inner upper edge: 0 a parabola, 1 flat with steep ends

  explicit Mouth(const Face& face);
  float across(float x) const { return std::min(std::abs(x) / half_width, 1.0f); }
  float corner(float x) const {
    const float t = 0.5f + 0.5f * std::clamp(x / half_width, -1.0f, 1.0f);
    return corner_left + t * (corner_right - corner_left);
  }
  float inner_upper(float x) const {
    const float t = across(x), t2 = t * t;
    return corner(x) + (upper_y - corner(x)) * (1 - t2 * (1 - squareness + squareness * t2));
  }
  float inner_lower(float x) const {
    const float t = across(x);
    return corner(x) + (lower_y - corner(x)) * (1 - t * t);
  }
  float outer_upper(float x) const {
    const float bow = 1 - 0.25f / (1 + x * x / 0.0015f), t = across(x);
    return inner_upper(x) - upper_lip * bow * std::sqrt(1 - t * t);
  }
  float outer_lower(float x) const {
    const float t = across(x);
    return inner_lower(x) + lower_lip * std::sqrt(1 - t * t);
  }
};

Mouth::Mouth(const Face& face) {
  const FaceIdentity& f = face.identity;
  const auto au = [&](int number, int side = 0) { return face.unit(number, side); };
  center_y = f.mouth_height;
  half_width =
      f.mouth_width * (1 + .25f * au(12) + .3f * au(20) - .2f * au(23) - .04f * au(24) - .08f * au(26) - .22f * au(27));
  const auto corner_height = [&](int side) {
    return center_y - f.mouth_curve - .15f * au(12, side) + .12f * au(15, side) + .04f * au(20, side) + .02f * au(9);
  };
  corner_left = corner_height(-1), corner_right = corner_height(1);
  const float parted = std::min(au(25), 1.0f);
  upper_y = center_y - .075f * au(10) - .035f * au(9) - .04f * au(17) - .02f * parted - .03f * au(27) + .02f * au(12);
  const float gap = parted * (.055f + .17f * au(26) + .17f * au(27) + .04f * au(12) + .05f * au(10));
  lower_y = upper_y + (parted > .1f ? gap : 0);
  const float pressed = (1 - .7f * au(24)) * (1 - .35f * au(23)) * (1 - .25f * au(20));
  upper_lip = f.upper_lip * std::max(pressed, .15f) * (1 - .25f * au(12) - .2f * au(9));
  lower_lip = f.lower_lip * std::max(pressed, .15f) * (1 - .15f * au(12)) + .025f * au(17);
  squareness = std::min(.1f + .5f * au(10) + .6f * au(20) * parted, 1.0f);
}

}  // namespace

void draw_mouth(FaceRaster& raster, const Face& face) {
  const FaceIdentity& f = face.identity;
  const auto au = [&](int number) { return face.unit(number); };
  const Mouth m(face);
  const float w = m.half_width, gap = m.lower_y - m.upper_y;
  const Box box{-w - .1f, m.center_y - .35f, w + .1f, m.center_y + .7f};
  const auto band = [&](auto top, auto bottom) {
    return [&, top, bottom](Point p) {
      const float side = std::abs(p.x) - w;
      return side > 0 ? length(side, p.y - m.corner(p.x)) : std::max(top(p.x) - p.y, p.y - bottom(p.x));
    };
  };
  const auto inner_upper = [&](float x) { return m.inner_upper(x); };
  const auto inner_lower = [&](float x) { return m.inner_lower(x); };

  raster.raise({0, m.center_y}, .4f, .3f, .05f);
  raster.raise({0, m.upper_y - .5f * m.upper_lip}, w, .07f, .02f);
  raster.raise({0, m.lower_y + .5f * m.lower_lip}, .8f * w, .08f, .03f + .02f * au(17));
  raster.raise({0, m.lower_y + m.lower_lip + .08f}, .25f, .09f, -.04f - .03f * au(17));
  // Shadow under the lower lip, then the lips, then what is between them.
  raster.shade(Plane::face, box, .16f + .14f * au(17), .1f, [&](Point p) {
    return ellipse(p, {0, m.lower_y + m.lower_lip + .035f}, .5f * w, .025f);
  });
  raster.shade(Plane::face, box, 1 - f.lip_tone, 0, band([&](float x) { return m.outer_upper(x); }, inner_upper));
  raster.shade(Plane::face, box, .8f * (1 - f.lip_tone), 0,
               band(inner_lower, [&](float x) { return m.outer_lower(x); }));
  if (gap > 0) {
    raster.paint(Plane::face, box, .05f, 1, 0, band(inner_upper, inner_lower));
    const float show = std::max({au(12), au(10), .8f * au(20)}), upper = std::min(.75f * gap, .02f + .07f * show);
    raster.paint(Plane::face, box, .8f, .95f, 0,
                 band(inner_upper, [&](float x) { return std::min(m.inner_upper(x) + upper, m.inner_lower(x)); }));
    if (gap > .14f)
      raster.paint(Plane::face, box, .3f, .8f, .06f, [&](Point p) {
        return std::max(ellipse(p, {0, m.lower_y}, .6f * w, .3f * gap), p.y - m.inner_lower(p.x) + .02f);
      });
  } else {
    raster.shade(
        Plane::face, box, .6f, 0,
        band([&](float x) { return m.inner_upper(x) - .01f; }, [&](float x) { return m.inner_lower(x) + .012f; }));
  }
  for (const int side : {-1, 1}) {
    const auto s = static_cast<float>(side);
    const float y = side < 0 ? m.corner_left : m.corner_right;
    raster.shade(Plane::face, box, .35f, .05f, [&](Point p) { return disc(p, {s * (w + .01f), y}, .015f); });
    raster.shade(Stroke({s * (w + .03f), y}, {s * (w + .06f), y + .06f}, {s * (w + .05f), y + .13f}, .01f, .004f),
                 .4f * face.unit(15, side), .03f);
    raster.shade(Stroke({s * (w + .02f), y - .05f}, {s * (w + .06f), y}, {s * (w + .02f), y + .06f}, .01f, .01f),
                 .3f * std::max(face.unit(12, side), face.unit(20, side)), .04f);
  }
}

}  // namespace mueca
