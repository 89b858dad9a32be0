// A pack of some classes alone: what studies of a few emotions use.
#pragma once
#include <span>
#include <string>

#include "data/pack.h"

namespace mueca {

// The rows of these classes in their order, labels renumbered in the order of `classes`; splits, sources, votes and
// clips are kept. Throws Error for fewer than two classes, one that is there twice, or one that the pack does not have.
Pack select_classes(const Pack& pack, std::span<const std::string> classes);

}  // namespace mueca
