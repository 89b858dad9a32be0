#include "apps/figures/gradcam_rows.h"

#include <algorithm>
#include <cmath>

#include "apps/figures/palette.h"
#include "apps/table.h"
#include "core/error.h"

namespace mueca {
namespace {

// Bilinear between the places' centres, constant beyond the outer ones. x, y in places.
double value_at(const GradCamImage& of, double x, double y) {
  const auto at = [&](double row, double column) {
    const int r = std::clamp(static_cast<int>(row), 0, of.rows - 1),
              c = std::clamp(static_cast<int>(column), 0, of.columns - 1);
    return static_cast<double>(of.map[static_cast<std::size_t>(r * of.columns + c)]);
  };
  x = std::clamp(x - 0.5, 0.0, of.columns - 1.0), y = std::clamp(y - 0.5, 0.0, of.rows - 1.0);
  const double fx = x - std::floor(x), fy = y - std::floor(y);
  return (1 - fy) * ((1 - fx) * at(y, x) + fx * at(y, x + 1)) + fy * ((1 - fx) * at(y + 1, x) + fx * at(y + 1, x + 1));
}

}  // namespace

Raster heat_raster(const GradCamImage& of, int width, int height) {
  check(of.rows > 0 && of.columns > 0 &&
            of.map.size() == static_cast<std::size_t>(of.rows) * static_cast<std::size_t>(of.columns),
        "Grad-CAM: ", of.map.size(), " values are no map of ", of.rows, " x ", of.columns);
  Raster raster{width, height, {}};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const double u = (x + 0.5 - of.window.left) / of.window.width, v = (y + 0.5 - of.window.top) / of.window.height;
      const bool inside = u >= 0 && u <= 1 && v >= 0 && v <= 1;
      const Color c = inside ? inferno(value_at(of, u * of.columns, v * of.rows)) : Color{};
      raster.rgba.insert(raster.rgba.end(), {c.red, c.green, c.blue, static_cast<std::uint8_t>(inside ? 255 : 0)});
    }
  return raster;
}

Canvas gradcam_rows(const std::vector<GradCamImage>& images, const std::vector<std::string>& classes,
                    const std::string& title, const std::string& facts) {
  std::vector<std::vector<const GradCamImage*>> of_class(classes.size());
  std::size_t most = 1;
  for (const GradCamImage& image : images) {
    check(image.truth < classes.size() && image.said < classes.size(), "Grad-CAM: class ",
          std::max(image.truth, image.said), " of ", classes.size());
    of_class[image.truth].push_back(&image);
    most = std::max(most, of_class[image.truth].size());
  }
  ImageGrid grid{title,
                 facts + (facts.empty() ? "" : "; ") +
                     "rows: the label; left the image, right where the answer was seen, bright the most; a coloured "
                     "frame: the answer is wrong",
                 {},
                 2 * static_cast<int>(most),
                 78,
                 classes,
                 {}};
  for (const auto& row : of_class) {
    for (std::size_t i = 0; i < most; ++i) {
      if (i >= row.size()) {
        grid.cells.insert(grid.cells.end(), 2, GridCell{});
        continue;
      }
      const GradCamImage& g = *row[i];
      const int zoom = std::max(1, 48 / std::max(1, g.image.width));  // the map is smoother than the image
      const std::string& said = classes[g.said];
      grid.cells.push_back({g.image, {}, 0.4, {}});
      GridCell seen{
          g.image,
          heat_raster({g.image,
                       g.map,
                       g.rows,
                       g.columns,
                       {zoom * g.window.left, zoom * g.window.top, zoom * g.window.width, zoom * g.window.height}},
                      zoom * g.image.width, zoom * g.image.height),
          0.45,
          {said, percent(g.probability, 1) + " %"}};
      if (g.said != g.truth) seen.edge = kVermillion;
      grid.cells.push_back(std::move(seen));
    }
  }
  return image_grid(grid);
}

}  // namespace mueca
