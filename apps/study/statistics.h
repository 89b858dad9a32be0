// Means over seeds and what they may be believed.
#pragma once
#include <span>
#include <vector>

namespace mueca {

// Of values that were measured n times: mean, sample standard deviation, and Student's 95 % interval of the mean. With
// n = 1 the deviation is NaN and low and high are the value; with n = 0 all are NaN.
struct Spread {
  int n = 0;
  double mean = 0, deviation = 0, low = 0, high = 0;
};
Spread spread_of(std::span<const double> values);

double median(std::vector<double> values);  // of an even number the middle two's mean; of none NaN

// p values of so many tests, corrected so that the chance of one false alarm among all of them stays what each promises
// (Holm 1979): sorted ascending, the i-th times (m - i), never below the one before it, at most 1.
std::vector<double> holm(std::span<const double> p);

}  // namespace mueca
