// Where a network looked: a row per class, each image beside itself with Grad-CAM's map over it.
#pragma once
#include <string>
#include <vector>

#include "apps/figures/image_grid.h"
#include "apps/figures/layout.h"

namespace mueca {

struct GradCamImage {
  Raster image;
  std::vector<float> map;  // [rows, columns] in [0, 1]
  int rows = 0, columns = 0;
  Area window;  // of the image that the map spans, in pixels of the image
  std::size_t truth = 0, said = 0;
  float probability = 0;  // of the answer
};

// A map as colours ("inferno"), spread smoothly over its window of an image of width x height pixels, clear around it.
Raster heat_raster(const GradCamImage& of, int width, int height);

// Row k: the images whose label is class k, in the given order. Each map has its own scale, from none to its largest.
Canvas gradcam_rows(const std::vector<GradCamImage>& images, const std::vector<std::string>& classes,
                    const std::string& title, const std::string& facts = "");

}  // namespace mueca
