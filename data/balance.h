// Equal classes: too many images are drawn from, too few are filled up with augmented copies.
#pragma once
#include "data/augmentation.h"
#include "data/pack.h"

namespace mueca {

struct BalanceOptions {
  Index per_class = 0;
  std::string
      split{};  // only this split is balanced, the others stay; empty: all rows as one set, whatever their split
  std::uint64_t seed = 0;
  AugmentPolicy policy = mild();  // of the copies

  static AugmentPolicy mild();  // mirror, a little rotation, shift and zoom
};

// A new pack with options.per_class images of each class: the kept rows in their order, then the copies. Copies keep
// source and row of their image and get the next free `copy` number, so that a split made afterwards shows how many
// test images have a copy in training (data/twins.h). Throws Error for a class without images.
Pack balance_pack(const Pack& pack, const BalanceOptions& options);

}  // namespace mueca
