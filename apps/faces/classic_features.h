// Hand-made features of gray faces: what was used before networks learned their own.
#pragma once
#include <string>

#include "core/tensor.h"

namespace mueca {

inline constexpr int kClassicSize = 48;  // pixels, height and width

// u8 [N, 48, 48] -> [N, D], the one implementation for training and prediction.
//   hog  histograms of oriented gradients by cv::HOGDescriptor (Dalal & Triggs 2005): cells of 8 x 8, blocks of 2 x 2
//        cells every 8 pixels, 9 bins: D = 900
//   lbp  histograms of the 58 uniform local binary patterns and one bin for the rest (Ojala et al. 2002), radius 1, in
//        6 x 6 cells of 8 x 8; each the square root of its share: D = 2124
// Throws Error for another kind or shape.
Tensor classic_features(const Tensor& faces, const std::string& kind);

}  // namespace mueca
