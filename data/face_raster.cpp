#include "data/face_raster.h"

namespace mueca {

Stroke::Stroke(Point from, Point middle, Point to, float width_from, float width_to)
    : width_from_(width_from), width_to_(width_to) {
  const Point control{2 * middle.x - 0.5f * (from.x + to.x), 2 * middle.y - 0.5f * (from.y + to.y)};
  for (std::size_t i = 0; i < points_.size(); ++i) {
    const float t = static_cast<float>(i) / static_cast<float>(points_.size() - 1), s = 1 - t;
    points_[i] = {s * s * from.x + 2 * s * t * control.x + t * t * to.x,
                  s * s * from.y + 2 * s * t * control.y + t * t * to.y};
  }
}

float Stroke::distance(Point p) const {
  float nearest = 1e9f;
  const auto segments = static_cast<float>(points_.size() - 1);
  for (std::size_t i = 0; i + 1 < points_.size(); ++i) {
    const Point a = points_[i], b = points_[i + 1];
    const float dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy;
    const float t = length > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length, 0.0f, 1.0f) : 0.0f;
    const float along = (static_cast<float>(i) + t) / segments;
    const float width = width_from_ + along * (width_to_ - width_from_);
    nearest = std::min(nearest, mueca::length(p.x - a.x - t * dx, p.y - a.y - t * dy) - width);
  }
  return nearest;
}

Box Stroke::box(float margin) const {
  Box box{1e9f, 1e9f, -1e9f, -1e9f};
  for (const Point p : points_) {
    box.left = std::min(box.left, p.x), box.right = std::max(box.right, p.x);
    box.top = std::min(box.top, p.y), box.bottom = std::max(box.bottom, p.y);
  }
  margin += std::max(width_from_, width_to_);
  return {box.left - margin, box.top - margin, box.right + margin, box.bottom + margin};
}

namespace {

// Where a point of a cylinder's front comes to lie when the cylinder turns; points beyond its rim stay on it.
float turned(float position, float radius, float angle) {
  return radius * std::sin(std::asin(std::clamp(position / radius, -1.0f, 1.0f)) + angle);
}

}  // namespace

// Screen -> head: shift, roll, zoom. Head -> face: the skin is a cylinder in each direction, wide enough that its far
// side never comes round.
FaceRaster::FaceRaster(int size, const FacePose& pose, float head_width)
    : tone(static_cast<std::size_t>(size) * static_cast<std::size_t>(size)),
      relief(tone.size()),
      lit(tone.size()),
      size_(size),
      pixel_(2 / (pose.zoom * static_cast<float>(size))),
      pose_(pose),
      radius_{1.25f * head_width, 1.3f},
      head_(tone.size()),
      face_(tone.size()) {
  const float sine = std::sin(pose.roll), cosine = std::cos(pose.roll), middle = 0.5f * static_cast<float>(size);
  for (int row = 0; row < size; ++row)
    for (int column = 0; column < size; ++column) {
      const float x = (static_cast<float>(column) + 0.5f - middle) * pixel_ - pose.dx;
      const float y = (static_cast<float>(row) + 0.5f - middle) * pixel_ - pose.dy;
      const auto i = static_cast<std::size_t>(row * size + column);
      head_[i] = {cosine * x + sine * y, cosine * y - sine * x};
      face_[i] = {turned(head_[i].x, radius_.x, -pose.yaw), turned(head_[i].y, radius_.y, -pose.pitch)};
    }
}

FaceRaster::Pixels FaceRaster::pixels_of(Plane plane, Box box) const {
  if (plane == Plane::face) {
    const auto edge = [](float position, float radius, float angle) {  // an edge that turns out of sight sets no limit
      const float ratio = position / radius, turn = std::abs(ratio) < 1 ? std::asin(ratio) + angle : 9 * ratio;
      return std::abs(turn) < 1.57f ? radius * std::sin(turn) : std::copysign(9.0f, turn);
    };
    box.left = edge(box.left, radius_.x, pose_.yaw), box.right = edge(box.right, radius_.x, pose_.yaw);
    box.top = edge(box.top, radius_.y, pose_.pitch), box.bottom = edge(box.bottom, radius_.y, pose_.pitch);
  }
  const float sine = std::sin(pose_.roll), cosine = std::cos(pose_.roll), middle = 0.5f * static_cast<float>(size_);
  float low_x = 1e9f, low_y = 1e9f, high_x = -1e9f, high_y = -1e9f;
  for (const Point corner :
       {Point{box.left, box.top}, {box.left, box.bottom}, {box.right, box.top}, {box.right, box.bottom}}) {
    const float x = cosine * corner.x - sine * corner.y + pose_.dx, y = sine * corner.x + cosine * corner.y + pose_.dy;
    low_x = std::min(low_x, x), high_x = std::max(high_x, x), low_y = std::min(low_y, y), high_y = std::max(high_y, y);
  }
  const auto place = [&](float unit) { return std::clamp(unit / pixel_ + middle, 0.0f, static_cast<float>(size_)); };
  return {static_cast<int>(std::floor(place(low_y - pixel_))), static_cast<int>(std::floor(place(low_x - pixel_))),
          static_cast<int>(std::ceil(place(high_y + pixel_))), static_cast<int>(std::ceil(place(high_x + pixel_)))};
}

void FaceRaster::shade(const Stroke& stroke, float strength, float softness) {
  if (strength <= 0) return;
  shade(Plane::face, stroke.box(std::max(softness, pixel_)), strength, softness,
        [&](Point p) { return stroke.distance(p); });
}

void FaceRaster::raise(Point center, float rx, float ry, float height) {
  const Pixels range = pixels_of(Plane::face, {center.x - rx, center.y - ry, center.x + rx, center.y + ry});
  for (int row = range.top; row < range.bottom; ++row)
    for (int column = range.left; column < range.right; ++column) {
      const auto i = static_cast<std::size_t>(row * size_ + column);
      const float x = (face_[i].x - center.x) / rx, y = (face_[i].y - center.y) / ry, r = x * x + y * y;
      if (r < 1) relief[i] += height * (1 - r) * (1 - r);
    }
}

}  // namespace mueca
