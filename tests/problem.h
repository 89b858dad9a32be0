// A case with its numbers: inputs, cotangent, and what the reference says about them.
#pragma once
#include "tests/suite.h"

namespace mueca::suite {

struct Problem {
  std::vector<std::vector<float>> inputs;
  std::vector<float> cotangent;
  Arrays x, y, gx;
  Array gy;
};

bool differentiable(const Case& c);
// Each case has its own numbers, the same in every run and in whatever order the cases run.
Random numbers_of(const Case& c);
std::vector<std::vector<float>> draw_inputs(const Case& c, Random& random);
Problem pose(const Case& c);

}  // namespace mueca::suite
