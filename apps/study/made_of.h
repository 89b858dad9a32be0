// What a claimed number is made of, told with our own figures: {ARM} in the manifest's words stands for that arm's
// accuracy on its test images, {ARM:training_accuracy} for that on its training images.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "apps/study/results.h"

namespace mueca {

struct Placeholder {
  std::string arm, measure;  // "accuracy" or "training_accuracy"
};
// In their order. Throws Error for a brace without its partner and for another measure.
std::vector<Placeholder> placeholders_of(const std::string& words);

// The words with "63.9 %" for each of them, "(not measured)" where there is no such figure.
std::string filled_in(const std::string& words, std::span<const ArmResult> arms);

}  // namespace mueca
