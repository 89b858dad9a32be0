// Brows, eyes, nose and wrinkles, moved by the action units. Each is drawn on both sides of x = 0 with that side's
// strengths.
#include <algorithm>
#include <cmath>

#include "data/face_drawing.h"

namespace mueca {

void draw_brows(FaceRaster& raster, const Face& face) {
  const FaceIdentity& f = face.identity;
  const float base = f.eye_height - f.brow_height;
  for (const int side : {-1, 1}) {
    const auto s = static_cast<float>(side);
    const auto au = [&](int number) { return face.unit(number, side); };
    const float knit = au(4), inner = au(1), outer = au(2), wrinkled = au(9);
    const Point from{s * (.14f - .045f * knit), base - .13f * inner + .1f * knit + .03f * wrinkled};
    const Point to{s * (f.eye_distance + .2f), base + .03f - f.brow_tilt - .13f * outer + .02f * knit + .03f * inner};
    const Point middle{s * (f.eye_distance - .01f),
                       base - .04f - .06f * inner - .1f * outer + .06f * knit + .04f * wrinkled};
    const Stroke stroke(from, middle, to, .5f * f.brow_thickness, .22f * f.brow_thickness);
    raster.shade(stroke, 1 - f.brow_tone, .02f);
    raster.raise({middle.x, middle.y + .03f}, .3f, .12f, .045f);
  }
}

void draw_eyes(FaceRaster& raster, const Face& face) {
  const FaceIdentity& f = face.identity;
  for (const int side : {-1, 1}) {
    const auto s = static_cast<float>(side);
    const auto au = [&](int number) { return face.unit(number, side); };
    const Point c{s * f.eye_distance, f.eye_height};
    const float w = f.eye_width, open = f.eye_opening;
    const float closing = std::max(0.0f, 1 - .8f * au(43));
    const float upper = open * closing * (1 + .85f * au(5) - .35f * au(7) - .15f * au(6) - .3f * au(9));
    const float lower = open * closing * (.6f + .15f * au(5) - .55f * au(7) - .5f * au(6) - .3f * au(9));
    const float gap = std::max(upper + lower, .006f);
    // Lids over the eye's own axis: x outwards in eye half-widths, y down from the tilted axis.
    const auto local = [&](Point p) { return Point{s * (p.x - c.x) / w, p.y - c.y + f.eye_tilt * s * (p.x - c.x)}; };
    const auto top = [&](float t) {
      const float s = std::min((t + .1f) * (t + .1f) / 1.21f, 1.0f);
      return -upper * (1 - s * (.8f + .2f * s));
    };
    const auto bottom = [&](float t) { return std::max(gap - upper, top(0) + .006f) * (1 - std::min(t * t, 1.0f)); };
    const auto eye = [&](Point p) {
      const Point q = local(p);
      return std::max({top(q.x) - q.y, q.y - bottom(q.x), (std::abs(q.x) - 1) * w});
    };
    const Box box{c.x - 1.6f * w, c.y - .3f, c.x + 1.6f * w, c.y + .25f};
    const auto line = [&](auto height, float thickness) {
      return [&, height, thickness](Point p) {
        const Point q = local(p);
        return std::max(std::abs(q.y - height(q.x)) - thickness, (std::abs(q.x) - 1.05f) * w);
      };
    };
    raster.raise(c, .24f, .17f, -.06f);
    raster.raise(c, .15f, .11f, .035f);
    raster.shade(Plane::face, box, .14f, .14f, [&](Point p) { return ellipse(p, {c.x, c.y - .03f}, w, .05f); });
    raster.shade(Plane::face, box, .3f, .03f,
                 line([&](float t) { return top(.8f * t) - .055f + .025f * au(5); }, .008f));
    raster.paint(Plane::face, box, .8f, 1, 0, eye);
    const Point iris{c.x + face.view.pose.gaze_x, c.y - .006f + face.view.pose.gaze_y};
    raster.paint(Plane::face, box, f.iris, 1, 0, [&](Point p) { return std::max(eye(p), disc(p, iris, .066f)); });
    raster.paint(Plane::face, box, .03f, 1, 0, [&](Point p) { return std::max(eye(p), disc(p, iris, .03f)); });
    raster.paint(Plane::face, box, 1, .8f, 0, [&](Point p) {
      return std::max(eye(p), disc(p, {iris.x - .025f, iris.y - .025f}, .014f));
    });
    raster.shade(Plane::face, box, .75f, .02f, line(top, .012f));
    raster.shade(Plane::face, box, .3f, .02f, line(bottom, .008f));
    // A raised cheek pushes up a bag under the eye and folds the outer corner.
    const float cheek = au(6), bag = c.y + .09f - .02f * cheek;
    raster.shade(Stroke({c.x - .8f * w, bag - .03f}, {c.x, bag + .01f}, {c.x + .8f * w, bag - .03f}, .008f, .008f),
                 .08f + .12f * f.age + .3f * std::max(cheek, .7f * au(7)), .03f);
    const float edge = c.x + s * 1.25f * w;
    for (const float slope : {-.05f, .01f, .07f})
      raster.shade(Stroke({edge, c.y + .4f * slope}, {edge + s * .05f, c.y + .8f * slope},
                          {edge + s * .1f, c.y + 1.6f * slope}, .007f, .003f),
                   (.15f + .35f * f.age) * cheek, .02f);
    raster.raise({s * .4f, .16f - .03f * cheek}, .27f, .2f, .05f + .05f * std::max(cheek, au(12)));
  }
}

void draw_nose(FaceRaster& raster, const Face& face) {
  const FaceIdentity& f = face.identity;
  const FacePose& pose = face.view.pose;
  const float lift = .03f * face.unit(9) + .015f * face.unit(10), flare = 1 + .25f * face.unit(9);
  // The nose stands out of the face: turning moves it further.
  const float x = .12f * std::sin(pose.yaw), y = f.eye_height + f.nose_length - lift + .1f * std::sin(pose.pitch);
  const float w = f.nose_width * flare, h = f.nose_relief;
  raster.raise({.4f * x, f.eye_height + .15f}, .1f, .32f, .1f * h);
  raster.raise({x, y - .04f}, 1.2f * w, .13f, .12f * h);
  const Box box{x - .3f, y - .3f, x + .3f, y + .2f};
  raster.shade(Plane::face, box, .22f, .07f, [&](Point p) { return ellipse(p, {x, y + .045f}, .8f * w, .02f); });
  for (const int side : {-1, 1}) {
    const auto s = static_cast<float>(side);
    raster.raise({x + s * w, y}, .07f, .07f, .05f * h);
    raster.shade(Plane::face, box, .75f, .03f, [&](Point p) {
      return ellipse(p, {x + s * .5f * w, y + .025f}, .3f * w, .016f);
    });
    raster.shade(Stroke({x + s * w, y - .06f}, {x + s * 1.25f * w, y}, {x + s * .95f * w, y + .035f}, .01f, .008f),
                 .35f, .03f);
  }
}

void draw_wrinkles(FaceRaster& raster, const Face& face) {
  const FaceIdentity& f = face.identity;
  const auto au = [&](int number, int side = 0) { return face.unit(number, side); };
  const float deep = .5f + .5f * f.age, forehead = f.eye_height - f.brow_height;
  for (const float up : {.13f, .21f, .29f}) {  // raised brows fold the forehead; inner brows alone only its middle
    const float reach = .12f + .26f * std::min(au(2), 1.0f), y = forehead - up;
    raster.shade(Stroke({-reach, y + .015f}, {0, y}, {reach, y + .015f}, .008f, .008f),
                 deep * .4f * std::max(au(1), au(2)) + .06f * f.age, .03f);
  }
  for (const int side : {-1, 1}) {
    const auto s = static_cast<float>(side);
    raster.shade(
        Stroke({s * .03f, forehead + .16f}, {s * .045f, forehead + .07f}, {s * .035f, forehead - .02f}, .01f, .004f),
        .65f * deep * au(4), .02f);
    for (const float down : {0.0f, .06f, .12f})  // a wrinkled nose
      raster.shade(Stroke({s * .02f, f.eye_height - .03f + down}, {s * .06f, f.eye_height - .01f + down},
                          {s * .1f, f.eye_height + .05f + down}, .009f, .004f),
                   .6f * deep * au(9, side), .02f);
    const float out = .03f * au(12, side) + .02f * au(20, side), up = .04f * std::max(au(10, side), au(9, side));
    const float nose = f.eye_height + f.nose_length;
    raster.shade(Stroke({s * (f.nose_width + .05f), nose - .05f - up}, {s * (.25f + out), nose + .07f - up},
                        {s * (f.mouth_width + .06f + 2 * out), f.mouth_height + .02f}, .012f, .006f),
                 .1f + .2f * f.age + deep * .5f * std::max({au(12, side), au(10, side), .8f * au(9, side)}), .05f);
  }
  const float chin = f.mouth_height + .26f + .1f * au(26) + .15f * au(27);
  raster.raise({0, chin + .06f}, .22f, .17f, .05f + .03f * au(17));
  raster.shade(Plane::face, {-.3f, chin - .2f, .3f, chin + .2f}, .3f * au(17), .05f, [&](Point p) {
    return std::max(std::abs(disc(p, {0, chin + .08f}, .14f)) - .008f, p.y - chin);
  });
}

}  // namespace mueca
