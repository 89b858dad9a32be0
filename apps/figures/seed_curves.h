// Learning curves of several arms, each over its seeds.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "apps/figures/canvas.h"
#include "apps/progress.h"

namespace mueca {

struct CurveArm {
  std::string label;
  std::vector<std::vector<EpochFigures>> seeds;  // of each the recorded epochs
};

// Accuracy and loss beside each other. Solid: the selection split, mean over seeds, with a band from the smallest to
// the largest; dashed: training. Each arm's name stands at the end of its curve. A run without a selection split has
// its training curve only. Throws Error when no arm has an epoch.
Canvas seed_curves_figure(std::span<const CurveArm> arms, const std::string& title, const std::string& facts = "");

}  // namespace mueca
