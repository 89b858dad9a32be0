// Points in the plane, coloured and shaped by class: what an embedding looks like.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "apps/figures/canvas.h"

namespace mueca {

struct ScatterText {
  std::string title;  // with the method: "t-SNE of block4, PrivateTest"
  std::string facts;  // below it: perplexity, seed, layer ...; n is added
  std::string x_title, y_title;
  bool ticks = true;   // false where units mean nothing (t-SNE)
  bool labels = true;  // each class's name at the median of its points
};

// points [N, 2], labels [N] in [0, classes). Both axes have the same unit. Points that are not finite are left out and
// said so. More than 400 points stand in the SVG as one image.
Canvas scatter_figure(std::span<const float> points, std::span<const std::int32_t> labels,
                      const std::vector<std::string>& classes, const ScatterText& text);

}  // namespace mueca
