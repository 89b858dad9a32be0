// What keeps words in figures whole and apart: wrapping, shortening, headings, legends, labels that make room.
#pragma once
#include <string>
#include <vector>

#include "apps/figures/canvas.h"
#include "apps/figures/marker.h"

namespace mueca {

struct Area {
  double left = 0, top = 0, width = 0, height = 0;
};

// As it is, or cut at a character and ended by an ellipsis, to fit into `width` pixels.
std::string shortened(const std::string& words, double size, double width, bool bold = false);
// Lines of at most `width` pixels, broken at spaces; a word that is wider is shortened.
std::vector<std::string> wrapped(const std::string& words, double size, double width, bool bold = false);

// The title of a figure and the facts below it, wrapped to its width.
class Heading {
 public:
  Heading(const std::string& title, const std::string& facts, double width);
  double height() const { return height_; }  // of the canvas's top that it takes
  void draw(Canvas& canvas) const;

 private:
  std::vector<std::string> title_, facts_;
  double height_;
};

struct LegendEntry {
  enum class Kind { patch, line, dashed, mark, marked_line };
  std::string words;
  Color color;
  Kind kind = Kind::patch;
  Marker marker = Marker::circle;
  bool hollow = false;
};

// Entries side by side, in as many lines as the width asks for; or each in a line of its own.
class Legend {
 public:
  Legend(std::vector<LegendEntry> entries, double width, bool column = false);
  double height() const { return height_; }
  void draw(Canvas& canvas, double left, double top) const;

 private:
  std::vector<LegendEntry> entries_;
  std::vector<CanvasPoint> places_;
  double height_;
};

// Positions at least `gap` apart, within [low, high], each as near to what was wanted as the order allows. When there
// is no room for all, they are spread evenly.
std::vector<double> spread_apart(const std::vector<double>& wanted, double gap, double low, double high);

// Where a label of width x height, centred at `wanted`, touches none of `taken` and stays in the area; the nearest of
// rings of places around it. False when there is none.
bool free_place(CanvasPoint& wanted, double width, double height, const Area& area, std::vector<Area>& taken);

}  // namespace mueca
