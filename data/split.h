// New splits of a whole pack, stratified by class.
#pragma once
#include <string_view>

#include "data/pack.h"

namespace mueca {

struct SplitPart {
  std::string name;
  double share = 0;  // of the sum of all shares
};

// "training=60,validation=20,test=20". Throws Error for no parts, empty or repeated names and shares that are not
// positive.
std::vector<SplitPart> parse_parts(std::string_view text);

struct SplitOptions {
  std::vector<SplitPart> parts{{"training", 60}, {"validation", 20}, {"test", 20}};
  std::uint64_t seed = 0;
  bool keep_together = false;  // pixel-identical twins and the augmented copies of one image stay in one part
};

// Deals every row anew, ignoring the splits it had. In each class the parts get their shares to within one image
// (with keep_together: within one group). The same seed gives the same parts.
void split_pack(Pack& pack, const SplitOptions& options);

}  // namespace mueca
