// Small pictures in rows and columns, with words below each: contact sheets, eigenfaces, Grad-CAM rows.
#pragma once
#include <string>
#include <vector>

#include "apps/figures/canvas.h"

namespace mueca {

struct GridCell {
  Raster image;                    // empty: the cell stays white
  Raster overlay = {};             // drawn over it, or empty
  double opacity = 0.4;            // of the overlay
  std::vector<std::string> words;  // lines below it, shortened to its width
  Color edge = rgb(0xcccccc);      // of its frame; words say the same
};

struct ImageGrid {
  std::string title, facts;
  std::vector<GridCell> cells;          // row by row
  int columns = 8;                      // at least 1
  double side = 72;                     // pixels of a cell's longer side
  std::vector<std::string> row_names;   // left of the rows; empty: none
  std::vector<std::string> head_words;  // above the columns; empty: none
};

// Throws Error when there are no cells.
Canvas image_grid(const ImageGrid& grid);

}  // namespace mueca
