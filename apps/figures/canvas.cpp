#include "apps/figures/canvas.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/files/atomic_file.h"

namespace mueca {

Color mix(Color a, Color b, double share) {
  const auto one = [&](std::uint8_t x, std::uint8_t y) {
    return static_cast<std::uint8_t>(std::lround(x + share * (y - x)));
  };
  return {one(a.red, b.red), one(a.green, b.green), one(a.blue, b.blue)};
}

Raster gray_raster(std::span<const std::uint8_t> gray, int width, int height) {
  check(width > 0 && height > 0 && gray.size() == static_cast<std::size_t>(width) * static_cast<std::size_t>(height),
        "picture: ", gray.size(), " pixels are not ", width, " x ", height);
  Raster raster{width, height, {}};
  for (const std::uint8_t v : gray) raster.rgba.insert(raster.rgba.end(), {v, v, v, 255});
  return raster;
}

Raster gray_raster(std::span<const float> values, int width, int height) {
  float low = std::numeric_limits<float>::infinity(), high = -low;
  for (const float v : values)
    if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
  std::vector<std::uint8_t> gray;
  for (const float v : values) {
    const float share = high > low && std::isfinite(v) ? (v - low) / (high - low) : 0.5f;
    gray.push_back(static_cast<std::uint8_t>(std::lround(255 * share)));
  }
  return gray_raster(std::span<const std::uint8_t>(gray), width, height);
}

Canvas::Canvas(double width, double height, std::string title, std::string description)
    : width_(width), height_(height), title_(std::move(title)), description_(std::move(description)) {
  check(width > 0 && height > 0 && width <= 8192 && height <= 8192, "picture: ", width, " x ", height,
        " is not between 1 and 8192 pixels");
}

void Canvas::line(std::vector<CanvasPoint> points, Stroking stroke) {
  Item item;
  item.points = std::move(points), item.stroked = true, item.stroke = stroke;
  if (item.points.size() > 1) items_.push_back(std::move(item));
}

void Canvas::fill(std::vector<CanvasPoint> polygon, Color color, double opacity) {
  Item item;
  item.points = std::move(polygon), item.closed = item.filled = true, item.fill = color, item.opacity = opacity;
  if (item.points.size() > 2) items_.push_back(std::move(item));
}

void Canvas::rectangle(double x, double y, double width, double height, Color color, double opacity) {
  fill({{x, y}, {x + width, y}, {x + width, y + height}, {x, y + height}}, color, opacity);
}

void Canvas::outline(std::vector<CanvasPoint> polygon, Stroking stroke) {
  if (polygon.size() < 3) return;
  line(std::move(polygon), stroke);
  items_.back().closed = true;
}

void Canvas::frame(double x, double y, double width, double height, Stroking stroke) {
  outline({{x, y}, {x + width, y}, {x + width, y + height}, {x, y + height}}, stroke);
}

void Canvas::dot(double x, double y, double radius, Color color, double opacity) {
  Item item;
  item.points = {{x, y}}, item.radius = radius, item.filled = true, item.fill = color, item.opacity = opacity;
  items_.push_back(std::move(item));
}

void Canvas::ring(double x, double y, double radius, Stroking stroke) {
  Item item;
  item.points = {{x, y}}, item.radius = radius, item.stroked = true, item.stroke = stroke;
  items_.push_back(std::move(item));
}

void Canvas::image(double x, double y, double width, double height, Raster raster, double opacity) {
  check(raster.width > 0 && raster.height > 0 && raster.width <= 8192 && raster.height <= 8192 &&
            raster.rgba.size() == std::size_t{4} * static_cast<std::size_t>(raster.width * raster.height),
        "picture: ", raster.rgba.size(), " bytes are no image of ", raster.width, " x ", raster.height);
  Item item;
  item.points = {{x, y}}, item.width = width, item.height = height, item.opacity = opacity;
  item.raster = std::make_shared<const Raster>(std::move(raster));
  items_.push_back(std::move(item));
}

void Canvas::text(double x, double y, std::string words, TextStyle style) {
  if (words.empty()) return;
  Item item;
  item.points = {{x, y}}, item.words = std::move(words), item.style = style;
  items_.push_back(std::move(item));
}

void Canvas::begin_pixels() {
  check(!in_pixels_, "picture: pixels within pixels");
  in_pixels_ = true;
  pixels_.push_back({items_.size(), items_.size()});
}

void Canvas::end_pixels() {
  check(in_pixels_, "picture: no pixels to end");
  in_pixels_ = false;
  pixels_.back().end = items_.size();
  if (pixels_.back().begin == items_.size()) pixels_.pop_back();
}

std::vector<TextBox> Canvas::text_boxes() const {
  std::vector<TextBox> boxes;
  for (const Item& i : items_) {
    if (i.words.empty()) continue;
    const CanvasPoint p = i.points[0];
    const double size = i.style.size, width = text_width(i.words, size, i.style.bold);
    const double back = i.style.anchor == Anchor::start ? 0 : i.style.anchor == Anchor::middle ? width / 2 : width;
    const double above = 0.73 * size, below = 0.21 * size;  // capitals; "g" and "p"
    if (i.style.upwards)
      boxes.push_back({i.words, p.x - above, p.y + back - width, p.x + below, p.y + back});
    else
      boxes.push_back({i.words, p.x - back, p.y - above, p.x - back + width, p.y + below});
  }
  return boxes;
}

void Canvas::write(const std::filesystem::path& stem) const {
  std::filesystem::path path = stem;
  write_file_atomically(path += ".svg", svg());
  path = stem;
  write_file_atomically(path += ".png", png());
}

}  // namespace mueca
