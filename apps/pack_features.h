// Rows of a pack as rows of numbers: what maps, neighbours and other programs look at.
#pragma once
#include <functional>
#include <span>
#include <string>

#include "data/pack.h"
#include "nn/model.h"

namespace mueca {

Tensor pixel_features(const Pack& pack, std::span<const Index> rows);  // [N, H * W] in [0, 1]

// [N, 900], see apps/faces/classic_features.h; Error for images of other than 48 x 48 pixels, or without OpenCV.
Tensor hog_features(const Pack& pack, std::span<const Index> rows);

// [N, K] of a layer, pooled over its map, batch by batch: the images go through the loader's view, bilinear with
// half-pixel centres. `progress` hears how many are done; Error("interrupted") when it returns false. Error for an
// unknown layer, and for one that does not see a sequence model's clips.
Tensor layer_features(Model& model, const Pack& pack, std::span<const Index> rows, const std::string& layer, int batch,
                      const std::function<bool(Index done)>& progress = {});

}  // namespace mueca
