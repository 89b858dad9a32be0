// Whether an answer of 80 per cent is right four times of five: accuracy over confidence, and how often each occurs.
#pragma once
#include <span>
#include <string>

#include "apps/figures/canvas.h"
#include "nn/metrics.h"

namespace mueca {

struct ReliabilityPanel {
  std::string name;  // "before calibration"
  Reliability of;
};

// Side by side, one or several. Bars: share of right answers per bin of confidence; the gap to the mean confidence is
// shaded; below it the number of images. Empty bins stay empty.
Canvas reliability_figure(std::span<const ReliabilityPanel> panels, const std::string& title,
                          const std::string& facts = "");

}  // namespace mueca
