#include "apps/figures/image_grid.h"

#include <algorithm>

#include "apps/figures/layout.h"
#include "apps/figures/palette.h"
#include "core/error.h"

namespace mueca {
namespace {

constexpr double kMargin = 14, kGap = 10, kLine = 13, kWords = 10.5, kNames = 12;

}  // namespace

Canvas image_grid(const ImageGrid& g) {
  check(!g.cells.empty() && g.columns >= 1 && g.side >= 8, "image grid: ", g.cells.size(), " cells in ", g.columns,
        " columns of ", g.side, " pixels");
  const auto columns = static_cast<std::size_t>(g.columns), rows = (g.cells.size() + columns - 1) / columns;
  std::size_t lines = 0;
  double widest_name = 0;
  for (const GridCell& cell : g.cells) lines = std::max(lines, cell.words.size());
  for (const std::string& name : g.row_names) widest_name = std::max(widest_name, Canvas::text_width(name, kNames));
  const double left = kMargin + (g.row_names.empty() ? 0 : std::min(widest_name, 150.0) + 12);
  const double step_x = g.side + kGap, step_y = g.side + kGap + kLine * static_cast<double>(lines) + (lines ? 4 : 0);
  const double width = std::max(left + step_x * static_cast<double>(columns) - kGap + kMargin, 360.0);
  const Heading heading(g.title, g.facts, width);
  const double top = heading.height() + (g.head_words.empty() ? 0 : 18);
  Canvas canvas(width, top + step_y * static_cast<double>(rows) + 4, g.title, g.title + ". " + g.facts);
  heading.draw(canvas);
  for (std::size_t c = 0; c < std::min(columns, g.head_words.size()); ++c)
    canvas.text(left + step_x * static_cast<double>(c) + g.side / 2, top - 7,
                shortened(g.head_words[c], kNames, g.side + kGap - 4), {kNames, kInk, Anchor::middle});
  for (std::size_t r = 0; r < std::min(rows, g.row_names.size()); ++r)
    canvas.text(left - 12, top + step_y * static_cast<double>(r) + g.side / 2 + 4,
                shortened(g.row_names[r], kNames, 150), {kNames, kInk, Anchor::end});

  for (std::size_t i = 0; i < g.cells.size(); ++i) {
    const GridCell& cell = g.cells[i];
    const double x = left + step_x * static_cast<double>(i % columns),
                 y = top + step_y * static_cast<double>(i / columns);
    if (cell.image.width > 0) {
      const double zoom = g.side / std::max(cell.image.width, cell.image.height);
      const double wide = zoom * cell.image.width, high = zoom * cell.image.height;
      const double at_x = x + (g.side - wide) / 2, at_y = y + (g.side - high) / 2;
      canvas.image(at_x, at_y, wide, high, cell.image);
      if (cell.overlay.width > 0) canvas.image(at_x, at_y, wide, high, cell.overlay, cell.opacity);
      canvas.frame(at_x, at_y, wide, high, {cell.edge, 1.5});
    }
    for (std::size_t k = 0; k < cell.words.size(); ++k)
      canvas.text(x + g.side / 2, y + g.side + kLine * static_cast<double>(k + 1),
                  shortened(cell.words[k], kWords, g.side + kGap - 3), {kWords, kInk, Anchor::middle});
  }
  return canvas;
}

}  // namespace mueca
