// The confusion matrix as a picture: share of each true class in per cent, the count below it.
#pragma once
#include <string>
#include <vector>

#include "apps/figures/canvas.h"
#include "nn/metrics.h"

namespace mueca {

// Rows: true classes, columns: predicted ones, both in the order of `classes`. The head line is `title`; n, accuracy
// with its 95 % interval and macro-F1 stand below it. A matrix summed over several seeds counts each image so often:
// it says so and has no interval, as its counts are not independent.
Canvas confusion_figure(const ConfusionMatrix& matrix, const std::vector<std::string>& classes,
                        const std::string& title, int seeds = 1);

}  // namespace mueca
