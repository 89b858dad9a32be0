// Twins: images that are equal pixel by pixel. Across splits they leak the answers of a test into training; with
// different labels they set a ceiling to accuracy.
#pragma once
#include <string>
#include <vector>

#include "data/pack.h"

namespace mueca {

struct Twins {
  std::vector<std::vector<Index>> groups;  // two or more equal images each; rows ascending, groups by first row
  std::vector<std::int32_t> group_of;      // [T] index into groups, -1: no twin
};
Twins find_twins(const Pack& pack);

// What two splits share, seen from one of them.
struct Shared {
  Index images = 0;              // of this split with a twin in the other (in the same split: with any twin)
  Index other_label = 0;         // of these, disagreeing with at least one such twin
  std::vector<Index> per_class;  // `images` by their own label
  Index copies = 0;              // images derived from (or the source of) an image of the other split: augmentation
                                 // before the split; 0 within one split
};

struct TwinCounts {
  Index unique = 0, excess = 0;                              // excess: images that could go without losing a picture
  Index contradictory_groups = 0, contradictory_images = 0;  // groups with more than one label, and their images
  std::vector<Index> excess_within;                          // [splits]
  std::vector<std::vector<Shared>> shared;                   // [splits][splits]
};
TwinCounts count_twins(const Pack& pack, const Twins& twins);

// The rows of `split` without a twin in any split of `against`, ascending: for leak-free accuracy.
std::vector<Index> rows_without_twins(const Pack& pack, std::string_view split,
                                      const std::vector<std::string>& against = {"training"});

// One row of each group of equal images: the first of the split that is last in split_names, so that test splits
// keep their images and training loses the copies. Groups with contradicting labels go altogether when asked.
std::vector<Index> rows_without_copies(const Pack& pack, const Twins& twins, bool drop_contradictory);

}  // namespace mueca
