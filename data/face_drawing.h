// Draws a Face: skin and hair, features that follow its action units, light, then what the camera adds.
#pragma once
#include <cstdint>
#include <span>

#include "data/face.h"
#include "data/face_raster.h"

namespace mueca {

// pixels [size * size], gray, row by row. Deterministic; size at least 16.
void draw_face(const Face& face, int size, std::span<std::uint8_t> pixels);

// The features alone, onto the face plane (face_features.cpp, face_mouth.cpp).
void draw_brows(FaceRaster& raster, const Face& face);
void draw_eyes(FaceRaster& raster, const Face& face);
void draw_nose(FaceRaster& raster, const Face& face);
void draw_mouth(FaceRaster& raster, const Face& face);
void draw_wrinkles(FaceRaster& raster, const Face& face);

}  // namespace mueca
