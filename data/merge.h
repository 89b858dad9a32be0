// Several packs as one: what the "five data sets" studies do.
#pragma once
#include <span>

#include "data/label_map.h"
#include "data/pack.h"

namespace mueca {

// Rows in the order of the packs. Classes become the seven emotions through `labels`; rows of labels that map to "-"
// are left out. Splits of one name become one split; sources stay apart (a name that is taken gets "-2", "-3", ...).
// Rows of packs without votes get zeros when another pack has votes. Throws Error for images of different sizes and
// for a label that the map does not know, naming it and its source.
Pack merge_packs(std::span<const Pack> packs, const LabelMap& labels);

}  // namespace mueca
