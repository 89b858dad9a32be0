// Support vector machines where networks are expected: trained into a run directory, scored on a pack.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "apps/run_directory.h"
#include "apps/run_plan.h"

namespace mueca {

inline constexpr const char* kSvmModel = "hog_svm";  // --model; [svm] says the rest

// Trains, calibrates on the select split, scores the test split; checkpoints/best.h5 is the machine. Throws Error, also
// in a build without OpenCV.
RunResults train_svm_run(const RunPlan& plan, const Pack& pack, RunDirectory& run);

bool holds_svm(const std::string& file);  // false in a build without OpenCV

// Calibrated decision values [N, K] of rows of the pack; Error when it tells other classes than the pack's.
Tensor svm_logits(const std::string& file, const Pack& pack, std::span<const Index> rows, std::string& name);

}  // namespace mueca
