// The canvas as pixels.
#include <algorithm>
#include <cmath>

#include "apps/figures/cairo.h"
#include "core/error.h"

namespace mueca {
namespace {

constexpr char kFont[] = "DejaVu Sans";

double width_with(cairo_t* pen, const std::string& words, double size, bool bold) {
  cairo_select_font_face(pen, kFont, CAIRO_FONT_SLANT_NORMAL, bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(pen, size);
  cairo_text_extents_t extents;
  cairo_text_extents(pen, words.c_str(), &extents);
  return extents.x_advance;
}

void set_color(cairo_t* pen, Color c, double opacity = 1) {
  cairo_set_source_rgba(pen, c.red / 255.0, c.green / 255.0, c.blue / 255.0, opacity);
}

cairo_status_t append(void* out, const unsigned char* bytes, unsigned int count) {
  static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(bytes), count);
  return CAIRO_STATUS_SUCCESS;
}

void paint_image(cairo_t* pen, const Raster& raster, CanvasPoint p, double width, double height, double opacity) {
  const CairoSurface surface = cairo_image(raster);
  cairo_save(pen);
  cairo_rectangle(pen, p.x, p.y, width, height);
  cairo_clip(pen);
  cairo_translate(pen, p.x, p.y);
  cairo_scale(pen, width / raster.width, height / raster.height);
  cairo_set_source_surface(pen, surface.get(), 0, 0);
  cairo_pattern_set_extend(cairo_get_source(pen), CAIRO_EXTEND_PAD);  // the edges do not fade
  cairo_paint_with_alpha(pen, opacity);
  cairo_restore(pen);
}

}  // namespace

CairoSurface cairo_image(int width, int height, bool opaque) {
  CairoSurface surface(cairo_image_surface_create(opaque ? CAIRO_FORMAT_RGB24 : CAIRO_FORMAT_ARGB32, width, height));
  check(cairo_surface_status(surface.get()) == CAIRO_STATUS_SUCCESS, "picture: no image of ", width, " x ", height);
  return surface;
}

CairoSurface cairo_image(const Raster& raster) {
  bool opaque = true;
  for (std::size_t i = 3; i < raster.rgba.size(); i += 4) opaque = opaque && raster.rgba[i] == 255;
  CairoSurface surface = cairo_image(raster.width, raster.height, opaque);
  cairo_surface_flush(surface.get());
  unsigned char* bytes = cairo_image_surface_get_data(surface.get());
  const int stride = cairo_image_surface_get_stride(surface.get());
  const std::uint8_t* from = raster.rgba.data();
  for (int y = 0; y < raster.height; ++y) {
    auto* to = reinterpret_cast<std::uint32_t*>(bytes + static_cast<std::ptrdiff_t>(y) * stride);
    for (int x = 0; x < raster.width; ++x, from += 4) {
      const std::uint32_t alpha = from[3];
      const auto times_alpha = [&](std::uint32_t v) { return (v * alpha + 127) / 255; };
      *to++ = alpha << 24 | times_alpha(from[0]) << 16 | times_alpha(from[1]) << 8 | times_alpha(from[2]);
    }
  }
  cairo_surface_mark_dirty(surface.get());
  return surface;
}

std::string png_of(cairo_surface_t* surface) {
  std::string out;
  const auto status = cairo_surface_write_to_png_stream(surface, append, &out);
  check(status == CAIRO_STATUS_SUCCESS, "picture: cannot make a PNG: ", cairo_status_to_string(status));
  return out;
}

std::string png_of(const Raster& raster) {
  const auto at = [&](std::size_t i) { return raster.rgba[i]; };
  for (std::size_t i = 0; i < raster.rgba.size(); i += 4)
    if (at(i) != at(i + 1) || at(i) != at(i + 2) || at(i + 3) != 255) return png_of(cairo_image(raster).get());
  // Cairo writes a surface of opacities as a gray picture: a third of the bytes.
  const CairoSurface surface(cairo_image_surface_create(CAIRO_FORMAT_A8, raster.width, raster.height));
  check(cairo_surface_status(surface.get()) == CAIRO_STATUS_SUCCESS, "picture: no image of ", raster.width, " x ",
        raster.height);
  cairo_surface_flush(surface.get());
  unsigned char* to = cairo_image_surface_get_data(surface.get());
  const int stride = cairo_image_surface_get_stride(surface.get());
  for (int y = 0; y < raster.height; ++y)
    for (int x = 0; x < raster.width; ++x) to[y * stride + x] = at(4 * static_cast<std::size_t>(y * raster.width + x));
  cairo_surface_mark_dirty(surface.get());
  return png_of(surface.get());
}

double Canvas::text_width(const std::string& words, double size, bool bold) {
  static thread_local const CairoSurface surface = cairo_image(1, 1, true);
  static thread_local const CairoPen pen(cairo_create(surface.get()));
  return width_with(pen.get(), words, size, bold);
}

void Canvas::paint_text(cairo_t* pen, const Item& i) {
  const double width = width_with(pen, i.words, i.style.size, i.style.bold);
  const double back = i.style.anchor == Anchor::start ? 0 : i.style.anchor == Anchor::middle ? width / 2 : width;
  cairo_save(pen);
  cairo_translate(pen, i.points[0].x, i.points[0].y);
  if (i.style.upwards) cairo_rotate(pen, -std::acos(0.0));
  cairo_move_to(pen, -back, 0);
  if (i.style.halo) {
    cairo_text_path(pen, i.words.c_str());
    cairo_set_dash(pen, kDash, 0, 0);
    cairo_set_line_width(pen, kHalo);
    set_color(pen, rgb(0xffffff));
    cairo_stroke(pen);
    cairo_move_to(pen, -back, 0);
  }
  set_color(pen, i.style.color);
  cairo_show_text(pen, i.words.c_str());
  cairo_restore(pen);
}

void Canvas::paint(cairo_t* pen, std::size_t begin, std::size_t end) const {
  cairo_set_line_join(pen, CAIRO_LINE_JOIN_ROUND);
  for (std::size_t k = begin; k < end; ++k) {
    const Item& i = items_[k];
    const CanvasPoint p = i.points[0];
    if (!i.words.empty()) {
      paint_text(pen, i);
      continue;
    }
    if (i.raster) {
      paint_image(pen, *i.raster, p, i.width, i.height, i.opacity);
      continue;
    }
    cairo_new_path(pen);
    if (i.radius > 0) cairo_arc(pen, p.x, p.y, i.radius, 0, 4 * std::acos(0.0));
    if (i.radius <= 0)
      for (const CanvasPoint q : i.points) cairo_line_to(pen, q.x, q.y);
    if (i.closed) cairo_close_path(pen);
    if (i.filled) {
      // Cells that touch must not let the white shine through between them.
      const bool upright = i.radius <= 0 && i.points.size() == 4 && i.opacity >= 1 && i.points[0].y == i.points[1].y;
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
}

std::string Canvas::png(double scale) const {
  const CairoSurface surface =
      cairo_image(static_cast<int>(std::lround(width_ * scale)), static_cast<int>(std::lround(height_ * scale)), true);
  const CairoPen pen(cairo_create(surface.get()));
  cairo_scale(pen.get(), scale, scale);
  set_color(pen.get(), rgb(0xffffff));
  cairo_paint(pen.get());
  paint(pen.get(), 0, items_.size());
  return png_of(surface.get());
}

}  // namespace mueca
