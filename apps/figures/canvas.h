// A picture as a list of paths, images and texts, written as SVG (real text, for the web and papers) and as PNG
// (Cairo). Coordinates are pixels of the SVG, y down. Equal pictures give equal bytes.
#pragma once
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

struct _cairo;  // cairo_t

namespace mueca {

struct Color {
  std::uint8_t red = 0, green = 0, blue = 0;
  bool operator==(const Color&) const = default;
};
constexpr Color rgb(std::uint32_t hex) {
  return {static_cast<std::uint8_t>(hex >> 16), static_cast<std::uint8_t>(hex >> 8), static_cast<std::uint8_t>(hex)};
}
Color mix(Color a, Color b, double share_of_b);

// Relative, 0 black to 1 white (WCAG 2). Inline: overlays on pictures want it without Cairo.
inline double luminance(Color c) {
  const auto linear = [](std::uint8_t value) {
    const double v = value / 255.0;
    return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * linear(c.red) + 0.7152 * linear(c.green) + 0.0722 * linear(c.blue);
}
// Between two colours, 1 to 21; text wants 4.5 or more (WCAG 2, level AA).
inline double contrast(Color a, Color b) {
  const double la = luminance(a) + 0.05, lb = luminance(b) + 0.05;
  return la > lb ? la / lb : lb / la;
}

struct CanvasPoint {
  double x = 0, y = 0;
};

struct Stroking {
  Color color;
  double width = 1;
  bool dashed = false;
};

enum class Anchor { start, middle, end };

struct TextStyle {
  double size = 12;  // pixels
  Color color = rgb(0x222222);
  Anchor anchor = Anchor::start;
  bool bold = false;
  bool upwards = false;  // turned by -90 degrees about its anchor
  bool halo = false;     // a white edge, for words on top of marks
};

// Pixels to place on a picture.
struct Raster {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgba;  // [height, width, 4], color not multiplied by the opacity
};
// gray [height, width]; of floats the least becomes black and the largest white.
Raster gray_raster(std::span<const std::uint8_t> gray, int width, int height);
Raster gray_raster(std::span<const float> values, int width, int height);

// Where a text stands, for tests of the layout.
struct TextBox {
  std::string words;
  double left = 0, top = 0, right = 0, bottom = 0;
};

class Canvas {
 public:
  // White; `title` and `description` become the SVG's <title> and <desc> for those who cannot see it.
  Canvas(double width, double height, std::string title, std::string description);

  void line(std::vector<CanvasPoint> points, Stroking stroke);
  void fill(std::vector<CanvasPoint> polygon, Color color, double opacity = 1);
  void rectangle(double x, double y, double width, double height, Color color, double opacity = 1);
  void frame(double x, double y, double width, double height, Stroking stroke);
  void outline(std::vector<CanvasPoint> polygon, Stroking stroke);  // closed
  void dot(double x, double y, double radius, Color color, double opacity = 1);
  void ring(double x, double y, double radius, Stroking stroke);
  void image(double x, double y, double width, double height, Raster raster, double opacity = 1);
  void text(double x, double y, std::string words, TextStyle style = {});  // y is the base line
  static double text_width(const std::string& words, double size, bool bold = false);

  // Between the two, what is drawn stands in the SVG as one image too: thousands of marks stay small there.
  void begin_pixels();
  void end_pixels();

  double width() const { return width_; }
  double height() const { return height_; }
  std::vector<TextBox> text_boxes() const;

  std::string svg() const;
  std::string png(double scale = 2) const;  // throws Error when Cairo fails
  // Both, beside each other and atomically: stem + ".svg" and stem + ".png".
  void write(const std::filesystem::path& stem) const;

 private:
  struct Item {
    std::vector<CanvasPoint> points;  // of the path; of a text its anchor; of an image its top left
    bool closed = false, filled = false, stroked = false;
    double radius = 0;  // > 0: a dot around points[0]
    Color fill;
    double opacity = 1;
    Stroking stroke;
    std::string words;  // not empty: a text
    TextStyle style;
    std::shared_ptr<const Raster> raster;  // not empty: an image
    double width = 0, height = 0;          // of the image
  };
  struct Pixels {  // items that the SVG shows as one image
    std::size_t begin = 0, end = 0;
  };

  void paint(_cairo* pen, std::size_t begin, std::size_t end) const;
  static void paint_text(_cairo* pen, const Item& item);
  static std::string svg_of(const Item& item);
  std::string svg_of(const Pixels& pixels) const;

  double width_, height_;
  std::string title_, description_;
  std::vector<Item> items_;
  std::vector<Pixels> pixels_;
  bool in_pixels_ = false;
};

}  // namespace mueca
