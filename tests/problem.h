// A case with its numbers: inputs, cotangent, and what the reference says about them.
#pragma once
#include <algorithm>

#include "tests/suite.h"

namespace mueca::suite {

struct Problem {
  std::vector<std::vector<float>> inputs;
  std::vector<float> cotangent;
  std::vector<bool> narrow;  // by input: stored in bfloat16
  Arrays x, y, gx;
  Array gy;
  bool any_narrow() const { return std::ranges::find(narrow, true) != narrow.end(); }
};

bool differentiable(const Case& c);
// Each case has its own numbers, the same in every run and in whatever order the cases run.
Random numbers_of(const Case& c);
std::vector<std::vector<float>> draw_inputs(const Case& c, Random& random);
// With some inputs stored in bfloat16 all numbers are ones that it has, so that no product of two is rounded.
Problem pose(const Case& c, const std::vector<std::size_t>& narrow = {});

}  // namespace mueca::suite
