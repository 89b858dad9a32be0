// Precision-recall and ROC curves of each class against the rest, side by side.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "apps/figures/canvas.h"
#include "core/tensor.h"

namespace mueca {

// probabilities [N, K], labels [N]. The legend has each class's share of the images, which is the precision of chance,
// its average precision and the area under its ROC curve; a class without images has no curve and says so.
Canvas pr_roc_figure(const Tensor& probabilities, std::span<const std::int32_t> labels,
                     const std::vector<std::string>& classes, const std::string& title, const std::string& facts = "");

}  // namespace mueca
