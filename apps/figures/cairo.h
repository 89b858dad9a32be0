// Cairo's surfaces and pens as values, and PNG files from pixels. Only the canvas draws with them.
#pragma once
#include <cairo.h>

#include <memory>
#include <string>

#include "apps/figures/canvas.h"

namespace mueca {

inline constexpr double kDash[] = {5, 3};
inline constexpr double kHalo = 3;  // width of the white edge around a text, both sides together

struct CairoCloser {
  void operator()(cairo_t* c) const { cairo_destroy(c); }
  void operator()(cairo_surface_t* s) const { cairo_surface_destroy(s); }
};
using CairoSurface = std::unique_ptr<cairo_surface_t, CairoCloser>;
using CairoPen = std::unique_ptr<cairo_t, CairoCloser>;

CairoSurface cairo_image(int width, int height, bool opaque);  // black, or transparent; throws Error
CairoSurface cairo_image(const Raster& raster);
std::string png_of(cairo_surface_t* surface);  // throws Error when Cairo fails
std::string png_of(const Raster& raster);      // of one channel when it is gray

}  // namespace mueca
