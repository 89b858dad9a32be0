// Learning curves of one run: loss, accuracy and, thin below them, the learning rate.
#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "apps/figures/canvas.h"
#include "apps/progress.h"

namespace mueca {

// Training dashed, selection split solid, the best epoch marked. `epochs` must not be empty.
Canvas curves_figure(std::span<const EpochFigures> epochs, const std::string& title);

// What a run recorded in its metrics.jsonl. Throws Error with file and line for anything else.
std::vector<EpochFigures> read_epochs(const std::filesystem::path& metrics_jsonl);

}  // namespace mueca
