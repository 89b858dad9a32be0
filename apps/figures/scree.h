// How much of the variance each principal component explains, and all up to it.
#pragma once
#include <span>
#include <string>

#include "apps/figures/canvas.h"

namespace mueca {

// shares: of the total variance, in [0, 1], largest first; their sum may be below 1 when later ones are left out.
Canvas scree_figure(std::span<const double> shares, const std::string& title, const std::string& facts = "");

}  // namespace mueca
