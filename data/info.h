// What is in a pack: counts that must equal the published tables.
#pragma once
#include <span>
#include <vector>

#include "data/pack.h"

namespace mueca {

using Counts = std::vector<std::vector<Index>>;  // [splits][classes]

Counts count_classes(const Pack& pack);

// True when one split's counts per class are FER2013's PublicTest and PrivateTest together (7178 images, up to a few),
// the `test` of Kaggle's folder copies: accuracy on it must not be quoted as a PrivateTest result.
bool is_merged_fer2013_test(std::span<const Index> counts);

}  // namespace mueca
