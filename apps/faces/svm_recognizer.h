// A support vector machine as a recogniser of faces.
#pragma once
#include <memory>
#include <string>

#include "apps/faces/recognizer.h"

namespace mueca {

// Logits are the decision values, one against the rest, to be read at the calibrated temperature. `model` is what the
// caller expects: "hog_svm", "lbp_svm", "" for any. Throws Error naming the file.
std::unique_ptr<Recognizer> open_svm(const std::string& file, const std::string& model = "");

}  // namespace mueca
