// Arms of a study on one axis: each mean with its 95 % interval, and what others published beside it.
#pragma once
#include <string>
#include <vector>

#include "apps/figures/canvas.h"

namespace mueca {

struct ForestClaim {
  double value = 0, spread = 0;  // spread: half the width of a published range, or 0
  std::string label;             // who says so
};

struct ForestRow {
  std::string label, note;  // note: what the interval is over
  double mean = 0, low = 0, high = 0;
  std::vector<double> seeds;  // each seed's own value; empty for one seed
  std::vector<ForestClaim> claims;
};

struct ForestBand {  // something to compare all rows with: how well people do
  double low = 0, high = 0;
  std::string label;
};

struct Forest {
  std::string title, facts, quantity;  // quantity: "accuracy on PrivateTest"
  std::vector<ForestRow> rows;
  std::vector<ForestBand> bands;
};

// Values are shares in [0, 1], drawn in per cent. A row whose mean is not finite says so. Throws Error without rows.
Canvas forest_figure(const Forest& forest);

}  // namespace mueca
