// The explorer: one HTML file that shows images as points of a map. It needs no network and trusts no name.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/tensor.h"

namespace mueca {

struct ExplorerMap {
  std::string name, axes;  // "PCA"; what its axes are, in a few words
  Tensor xy;               // [N, 2]
};

struct Explorer {
  std::string title;
  std::vector<std::string> class_names, split_names;  // at most 255 of each
  std::vector<std::uint32_t> row;                     // [N] of the pack
  std::vector<std::int32_t> label;                    // [N] index into class_names
  std::vector<std::uint8_t> split;                    // [N] index into split_names
  std::vector<std::int32_t> predicted;                // [N], or empty
  std::vector<float> confidence;                      // [N] in [0, 1], or empty
  std::vector<ExplorerMap> maps;                      // shown in this order; at least one
  std::vector<std::pair<std::string, std::string>> facts;
  Tensor images;  // u8 [N, T, T]; T is a multiple of 8
};

// The pixels of a side of an explorer's thumbnails: fewer where there are many, so that the page stays below 20 MB.
int thumbnail_side(Index images);

// The page, from its parts in share/explorer. Equal contents give equal bytes. Coordinates are rounded to 1/65535 of
// the larger extent. Throws Error for columns of unequal length, labels out of range or coordinates that are not
// finite.
std::string explorer_page(const Explorer& explorer);

}  // namespace mueca
