// Which channels squeeze-and-excitation lets through, class by class.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "apps/figures/canvas.h"
#include "nn/se_scales.h"

namespace mueca {

// A row per SE block. Left: how often each scale occurs over the images and channels of a class. Right: each channel's
// mean scale over the images of a class, channels ordered by their mean over all images; where the curves part, the
// block tells classes apart. Scales [N, C], labels [N]. Throws Error without blocks.
Canvas se_attention_figure(std::span<const SeScales> blocks, std::span<const std::int32_t> labels,
                           const std::vector<std::string>& classes, const std::string& title,
                           const std::string& facts = "");

}  // namespace mueca
