// t-SNE in the plane (van der Maaten & Hinton 2008), with the accelerations of Linderman et al. 2019 and the schedule
// of Belkina et al. 2019 and Kobak & Berens 2019. Deterministic: the same bytes on any number of threads
// of the CPU (core/parallel.h says how many run).
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "core/tensor.h"

namespace mueca {

struct TsneProgress {
  int iteration = 0, iterations = 0;  // done, of all
  double kl = 0;                      // Kullback-Leibler divergence now, without exaggeration
};

struct TsneOptions {
  double perplexity = 30;  // > 1; the input needs at least 3 * perplexity + 1 rows
  int iterations = 1000;
  int exaggeration_iterations = 250;  // the first of them: similarities times `exaggeration`, momentum 0.5, then 0.8
  double exaggeration = 12;
  double learning_rate = 0;     // 0: max(200, N / exaggeration)
  Device device = Device::cpu;  // of the forces: on the CPU a grid pushes, elsewhere all pairs do, exactly
  std::uint64_t seed = 1;       // of the jitter that parts duplicates, a hundredth of the start's spread
  std::function<bool(const TsneProgress&)> progress;  // after every 50th iteration and the last; false stops there
};

struct TsneResult {
  Tensor y;                         // [N, 2]
  double kl = 0;                    // sum of p log(p / q) over the sparse p, q normalised over all pairs
  int iterations = 0;               // done
  int neighbours = 0;               // of each row that the similarities are made of: 3 * perplexity
  double preservation = 0;          // share of the 10 nearest neighbours in x that are among the 10 nearest in y
  int preservation_neighbours = 0;  // 10, or N - 1 if that is less
};

// x [N, D] as it is, usually a projection on 50 principal components. Starts from its first two principal components,
// scaled to a standard deviation of 1e-4. Throws Error for NaN, infinity, too few rows and options out of range.
TsneResult tsne(const Tensor& x, const TsneOptions& options = {});

}  // namespace mueca
