// Which part of a pretrained trunk trains: "all", "head", or "block_N" (from block N on).
#pragma once
#include <limits>
#include <string>

#include "nn/fields.h"

namespace mueca {

// The number of the first block that trains: 0 for "all", more than any block for "head". Throws Error otherwise, or
// when N is beyond `last`.
inline int first_trainable_block(const std::string& model, const std::string& trainable, int last) {
  if (trainable == "all") return 0;
  if (trainable == "head") return std::numeric_limits<int>::max();
  const std::string prefix = "block_";
  int block = -1;
  if (trainable.starts_with(prefix)) parse_field(model + ": trainable", trainable.substr(prefix.size()), block);
  check(block >= 0 && block <= last, model, ": trainable must be all, head or block_N with N up to ", last, ", got ",
        trainable);
  return block;
}

}  // namespace mueca
