// Figures for which a network has to look at images again: where it looked, and which channels it let through.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "apps/figures/contact_sheet.h"
#include "nn/model.h"

namespace mueca {

// Grad-CAM of each class's surest right and surest wrong answers, `each` of both. Empty for a model of clips.
std::optional<Canvas> attention_figure(Model& network, const Answers& answers, int each, const std::string& title,
                                       const std::string& facts);

// Scales of the SE blocks over up to `each` images per class, spread evenly over the rows. Empty without SE blocks.
std::optional<Canvas> squeeze_figure(Model& network, const Answers& answers, int each, const std::string& title,
                                     const std::string& facts);

}  // namespace mueca
