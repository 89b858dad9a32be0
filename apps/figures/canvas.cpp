#include "apps/figures/canvas.h"

#include <cairo.h>

#include <cmath>
#include <cstdio>
#include <memory>

#include "core/error.h"
#include "core/files/atomic_file.h"

namespace mueca {
namespace {

constexpr char kFont[] = "DejaVu Sans";
constexpr double kDash[] = {5, 3};

struct Closer {
  void operator()(cairo_t* c) const { cairo_destroy(c); }
  void operator()(cairo_surface_t* s) const { cairo_surface_destroy(s); }
};
using Surface = std::unique_ptr<cairo_surface_t, Closer>;
using Pen = std::unique_ptr<cairo_t, Closer>;

// At most two decimals, no trailing zeros: short, and the same everywhere.
std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", value);
  std::string s = text;
  while (s.back() == '0') s.pop_back();
  if (s.back() == '.') s.pop_back();
  return s == "-0" ? "0" : s;
}

std::string hex(Color c) {
  char text[8];
  std::snprintf(text, sizeof text, "#%02x%02x%02x", c.red, c.green, c.blue);
  return text;
}

std::string escaped(const std::string& words) {
  std::string out;
  for (const char c : words) switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  return out;
}

void select_font(cairo_t* pen, double size, bool bold) {
  cairo_select_font_face(pen, kFont, CAIRO_FONT_SLANT_NORMAL, bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(pen, size);
}

double width_with(cairo_t* pen, const std::string& words, double size, bool bold) {
  select_font(pen, size, bold);
  cairo_text_extents_t extents;
  cairo_text_extents(pen, words.c_str(), &extents);
  return extents.x_advance;
}

void set_color(cairo_t* pen, Color c, double opacity = 1) {
  cairo_set_source_rgba(pen, c.red / 255.0, c.green / 255.0, c.blue / 255.0, opacity);
}

Surface image(int width, int height) {
  Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height));
  check(cairo_surface_status(surface.get()) == CAIRO_STATUS_SUCCESS, "picture: no image of ", width, " x ", height);
  return surface;
}

cairo_status_t append(void* out, const unsigned char* bytes, unsigned int count) {
  static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(bytes), count);
  return CAIRO_STATUS_SUCCESS;
}

}  // namespace

Color mix(Color a, Color b, double share) {
  const auto one = [&](std::uint8_t x, std::uint8_t y) {
    return static_cast<std::uint8_t>(std::lround(x + share * (y - x)));
  };
  return {one(a.red, b.red), one(a.green, b.green), one(a.blue, b.blue)};
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

void Canvas::frame(double x, double y, double width, double height, Stroking stroke) {
  line({{x, y}, {x + width, y}, {x + width, y + height}, {x, y + height}}, stroke);
  items_.back().closed = true;
}

void Canvas::dot(double x, double y, double radius, Color color) {
  Item item;
  item.points = {{x, y}}, item.radius = radius, item.filled = true, item.fill = color;
  items_.push_back(std::move(item));
}

void Canvas::text(double x, double y, std::string words, TextStyle style) {
  if (words.empty()) return;
  Item item;
  item.points = {{x, y}}, item.words = std::move(words), item.style = style;
  items_.push_back(std::move(item));
}

double Canvas::text_width(const std::string& words, double size, bool bold) {
  const Surface surface = image(1, 1);
  const Pen pen(cairo_create(surface.get()));
  return width_with(pen.get(), words, size, bold);
}

std::string Canvas::svg() const {
  std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + number(width_) + "\" height=\"" +
                    number(height_) + "\" viewBox=\"0 0 " + number(width_) + " " + number(height_) +
                    "\" role=\"img\" font-family=\"DejaVu Sans, Verdana, sans-serif\">\n<title>" + escaped(title_) +
                    "</title>\n<desc>" + escaped(description_) +
                    "</desc>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n";
  for (const Item& i : items_) {
    const CanvasPoint p = i.points[0];
    if (!i.words.empty()) {
      out += "<text x=\"" + number(p.x) + "\" y=\"" + number(p.y) + "\" font-size=\"" + number(i.style.size) +
             "\" fill=\"" + hex(i.style.color) + "\"";
      if (i.style.anchor != Anchor::start)
        out += i.style.anchor == Anchor::middle ? " text-anchor=\"middle\"" : " text-anchor=\"end\"";
      if (i.style.bold) out += " font-weight=\"bold\"";
      if (i.style.upwards) out += " transform=\"rotate(-90 " + number(p.x) + " " + number(p.y) + ")\"";
      out += ">" + escaped(i.words) + "</text>\n";
      continue;
    }
    if (i.radius > 0) {
      out += "<circle cx=\"" + number(p.x) + "\" cy=\"" + number(p.y) + "\" r=\"" + number(i.radius) + "\"";
    } else {
      out += "<path d=\"M";
      for (std::size_t k = 0; k < i.points.size(); ++k)
        out += (k ? "L" : "") + number(i.points[k].x) + " " + number(i.points[k].y);
      out += i.closed ? "Z\"" : "\"";
    }
    out += " fill=\"" + (i.filled ? hex(i.fill) : std::string("none")) + "\"";
    if (i.opacity < 1) out += " fill-opacity=\"" + number(i.opacity) + "\"";
    if (i.stroked) {
      out += " stroke=\"" + hex(i.stroke.color) + "\" stroke-width=\"" + number(i.stroke.width) +
             "\" stroke-linejoin=\"round\"";
      if (i.stroke.dashed) out += " stroke-dasharray=\"" + number(kDash[0]) + " " + number(kDash[1]) + "\"";
    }
    out += "/>\n";
  }
  return out + "</svg>\n";
}

std::string Canvas::png(double scale) const {
  const Surface surface =
      image(static_cast<int>(std::lround(width_ * scale)), static_cast<int>(std::lround(height_ * scale)));
  const Pen owner(cairo_create(surface.get()));
  cairo_t* pen = owner.get();
  cairo_scale(pen, scale, scale);
  set_color(pen, rgb(0xffffff));
  cairo_paint(pen);
  cairo_set_line_join(pen, CAIRO_LINE_JOIN_ROUND);
  for (const Item& i : items_) {
    const CanvasPoint p = i.points[0];
    if (!i.words.empty()) {
      const double width = width_with(pen, i.words, i.style.size, i.style.bold);
      const double back = i.style.anchor == Anchor::start ? 0 : i.style.anchor == Anchor::middle ? width / 2 : width;
      cairo_save(pen);
      cairo_translate(pen, p.x, p.y);
      if (i.style.upwards) cairo_rotate(pen, -std::acos(0.0));
      cairo_move_to(pen, -back, 0);
      set_color(pen, i.style.color);
      cairo_show_text(pen, i.words.c_str());
      cairo_restore(pen);
      continue;
    }
    cairo_new_path(pen);
    if (i.radius > 0) cairo_arc(pen, p.x, p.y, i.radius, 0, 4 * std::acos(0.0));
    if (i.radius <= 0)
      for (const CanvasPoint q : i.points) cairo_line_to(pen, q.x, q.y);
    if (i.closed) cairo_close_path(pen);
    if (i.filled) {
      // Cells that touch must not let the white shine through between them.
      const bool upright = i.radius <= 0 && i.points.size() == 4 && i.opacity >= 1;
      cairo_set_antialias(pen, upright ? CAIRO_ANTIALIAS_NONE : CAIRO_ANTIALIAS_DEFAULT);
      set_color(pen, i.fill, i.opacity);
      i.stroked ? cairo_fill_preserve(pen) : cairo_fill(pen);
      cairo_set_antialias(pen, CAIRO_ANTIALIAS_DEFAULT);
    }
    if (i.stroked) {
      cairo_set_dash(pen, kDash, i.stroke.dashed ? 2 : 0, 0);
      cairo_set_line_width(pen, i.stroke.width);
      set_color(pen, i.stroke.color);
      cairo_stroke(pen);
    }
  }
  std::string out;
  const auto status = cairo_surface_write_to_png_stream(surface.get(), append, &out);
  check(status == CAIRO_STATUS_SUCCESS, "picture: cannot make a PNG: ", cairo_status_to_string(status));
  return out;
}

void Canvas::write(const std::filesystem::path& stem) const {
  std::filesystem::path path = stem;
  write_file_atomically(path += ".svg", svg());
  path = stem;
  write_file_atomically(path += ".png", png());
}

}  // namespace mueca
