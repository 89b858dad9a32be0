// Images with what a classifier said of them: where it was most confidently wrong, and what each class looks like to
// it.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "apps/figures/image_grid.h"
#include "core/tensor.h"
#include "data/pack.h"

namespace mueca {

// What a classifier said: rows of the pack with their probabilities [N, K], row i's answer in line i.
struct Answers {
  const Pack& pack;
  std::span<const Index> rows;
  const Tensor& probabilities;
};

struct Answer {
  Index row = 0;  // of the pack
  std::size_t truth = 0, said = 0;
  float probability = 0;  // of what was said
};
// The surest first; equal ones in the order of the rows. Throws Error when the numbers of rows or classes differ.
std::vector<Answer> surest_first(const Answers& answers);

// The `most` wrong answers of the highest probability, the highest first: "fear → sad" and its probability.
Canvas mistakes_sheet(const Answers& answers, int most, const std::string& title, const std::string& facts = "");

// A row per class: the `each` images that are called it with the highest probability; wrong ones say what they are.
Canvas confident_sheet(const Answers& answers, int each, const std::string& title, const std::string& facts = "");

}  // namespace mueca
