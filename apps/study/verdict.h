// From figures to statements: claims judged, arms compared. Pure functions of what gather_results collected.
#pragma once
#include <span>
#include <vector>

#include "apps/study/results.h"

namespace mueca {

// Everything of an arm that follows from its runs: spreads, intervals, recall and the matrix. runs must not be empty.
void sum_up(ArmResult& arm);

// The verdict rule. Ours is the mean over seeds with Student's 95 % interval, or for one seed the share with Wilson's
// over images. The claimed figure stands for value - spread to value + spread, at least its rounding to a tenth of a
// per cent. The two are about the same quantity only when the claim does not say otherwise itself, no run was limited
// to a part of the data, the figures are of the split that the claim names, and that split did not choose the epoch;
// else the verdict is "not comparable". If the intervals touch it is "reproduced", if not "not reproduced", above or
// below. Better than claimed is not reproduced either: another protocol is the likely reason, not a better network.
ClaimResult judge(const StudyClaim& claim, const ArmResult& arm);

// McNemar's test of the arms that answer for the same images: of all pairs, or for more than eight arms of each with
// the first of them. Holm's correction is over all that are made.
std::vector<Comparison> compare_arms(std::span<const ArmResult> arms);

// Whether two arms answered for the same images of one data set.
bool same_images(const ArmResult& a, const ArmResult& b);

// An arm's accuracy, or that on its training images, with the interval that counts: Student's over seeds, cut to
// [0, 1], or of one seed Wilson's.
struct Measured {
  double mean = 0, low = 0, high = 0;
  std::int64_t n = 0;  // images of one seed
  int seeds = 0;
};
Measured measured_accuracy(const ArmResult& arm, const std::string& measure = "accuracy");  // seeds = 0: not measured

}  // namespace mueca
