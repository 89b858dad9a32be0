// The canvas as SVG.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "apps/figures/cairo.h"
#include "core/files/base64.h"

namespace mueca {
namespace {

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

std::string image_element(double x, double y, double width, double height, double opacity, const std::string& png) {
  return "<image x=\"" + number(x) + "\" y=\"" + number(y) + "\" width=\"" + number(width) + "\" height=\"" +
         number(height) + "\" preserveAspectRatio=\"none\"" +
         (opacity < 1 ? " opacity=\"" + number(opacity) + "\"" : std::string()) + " href=\"data:image/png;base64," +
         base64(png) + "\"/>\n";
}

}  // namespace

std::string Canvas::svg_of(const Item& i) {
  const CanvasPoint p = i.points[0];
  if (i.raster) return image_element(p.x, p.y, i.width, i.height, i.opacity, png_of(*i.raster));
  if (!i.words.empty()) {
    std::string out =
        "<text x=\"" + number(p.x) + "\" y=\"" + number(p.y) + "\" font-size=\"" + number(i.style.size) + "\"";
    if (i.style.anchor != Anchor::start)
      out += i.style.anchor == Anchor::middle ? " text-anchor=\"middle\"" : " text-anchor=\"end\"";
    if (i.style.bold) out += " font-weight=\"bold\"";
    if (i.style.upwards) out += " transform=\"rotate(-90 " + number(p.x) + " " + number(p.y) + ")\"";
    const std::string words = ">" + escaped(i.words) + "</text>\n";
    const std::string edge = " fill=\"#ffffff\" stroke=\"#ffffff\" stroke-width=\"" + number(kHalo) +
                             "\" stroke-linejoin=\"round\" aria-hidden=\"true\"";
    // Twice rather than with paint-order, which not every reader of SVG knows.
    return (i.style.halo ? out + edge + words : "") + out + " fill=\"" + hex(i.style.color) + "\"" + words;
  }
  std::string out;
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
  return out + "/>\n";
}

std::string Canvas::svg_of(const Pixels& pixels) const {
  constexpr double kScale = 1.5, kAround = 8;  // pixels per unit; marks reach over their points by less than this
  double left = width_, top = height_, right = 0, bottom = 0;
  for (std::size_t k = pixels.begin; k < pixels.end; ++k)
    for (const CanvasPoint p : items_[k].points) {
      left = std::min(left, p.x), right = std::max(right, p.x + items_[k].width);
      top = std::min(top, p.y), bottom = std::max(bottom, p.y + items_[k].height);
    }
  left = std::max(0.0, std::floor(left - kAround)), top = std::max(0.0, std::floor(top - kAround));
  const double width = std::min(width_, std::ceil(right + kAround)) - left;
  const double height = std::min(height_, std::ceil(bottom + kAround)) - top;
  const CairoSurface surface =
      cairo_image(static_cast<int>(std::ceil(width * kScale)), static_cast<int>(std::ceil(height * kScale)), false);
  const CairoPen pen(cairo_create(surface.get()));
  cairo_scale(pen.get(), kScale, kScale);
  cairo_translate(pen.get(), -left, -top);
  paint(pen.get(), pixels.begin, pixels.end);
  return image_element(left, top, width, height, 1, png_of(surface.get()));
}

std::string Canvas::svg() const {
  std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + number(width_) + "\" height=\"" +
                    number(height_) + "\" viewBox=\"0 0 " + number(width_) + " " + number(height_) +
                    "\" role=\"img\" font-family=\"DejaVu Sans, Verdana, sans-serif\">\n<title>" + escaped(title_) +
                    "</title>\n<desc>" + escaped(description_) +
                    "</desc>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n";
  auto layer = pixels_.begin();
  for (std::size_t k = 0; k < items_.size(); ++k) {
    if (layer != pixels_.end() && k == layer->begin) {
      out += svg_of(*layer);
      k = layer->end - 1;
      ++layer;
    } else {
      out += svg_of(items_[k]);
    }
  }
  return out + "</svg>\n";
}

}  // namespace mueca
