// A picture as a list of paths and texts, written as SVG (real text, for the web and papers) and as PNG (Cairo).
// Coordinates are pixels of the SVG, y down. Equal pictures give equal bytes.
#pragma once
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

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
};

class Canvas {
 public:
  // White; `title` and `description` become the SVG's <title> and <desc> for those who cannot see it.
  Canvas(double width, double height, std::string title, std::string description);

  void line(std::vector<CanvasPoint> points, Stroking stroke);
  void fill(std::vector<CanvasPoint> polygon, Color color, double opacity = 1);
  void rectangle(double x, double y, double width, double height, Color color, double opacity = 1);
  void frame(double x, double y, double width, double height, Stroking stroke);
  void dot(double x, double y, double radius, Color color);
  void text(double x, double y, std::string words, TextStyle style = {});  // y is the base line
  static double text_width(const std::string& words, double size, bool bold = false);

  std::string svg() const;
  std::string png(double scale = 2) const;  // throws Error when Cairo fails
  // Both, beside each other and atomically: stem + ".svg" and stem + ".png".
  void write(const std::filesystem::path& stem) const;

 private:
  struct Item {
    std::vector<CanvasPoint> points;  // of the path; of a text its anchor
    bool closed = false, filled = false, stroked = false;
    double radius = 0;  // > 0: a dot around points[0]
    Color fill;
    double opacity = 1;
    Stroking stroke;
    std::string words;  // not empty: a text
    TextStyle style;
  };
  double width_, height_;
  std::string title_, description_;
  std::vector<Item> items_;
};

}  // namespace mueca
