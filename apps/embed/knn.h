// Exact nearest neighbours by Euclidean distance, and how well they predict labels.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/tensor.h"

namespace mueca {

// Row i's neighbours are index[i * k ... i * k + k - 1], nearest first, equal distances by index.
struct Neighbours {
  int k = 0;
  std::vector<std::int32_t> index;      // [N, k]
  std::vector<float> squared_distance;  // [N, k], of the rows as they are, rounded from double
};

// Each row of x [N, D] among the others; 1 <= k <= N - 1. Throws Error for other shapes, NaN and infinity.
Neighbours nearest_neighbours(const Tensor& x, int k);
// Each row of queries [M, D] among reference [N, D]; 1 <= k <= N.
Neighbours nearest_neighbours(const Tensor& queries, const Tensor& reference, int k);

// The first k of each row's neighbours.
Neighbours first_neighbours(const Neighbours& neighbours, int k);

// Share of rows whose label is the one that most of their k nearest neighbours have; a tie goes to the label of the
// nearest among the tied. Leave one out: neighbours of x in x, labels [N].
double knn_accuracy(const Neighbours& neighbours, std::span<const std::int32_t> labels, int k);
// The same for neighbours of queries [M] in a reference set [N].
double knn_accuracy(const Neighbours& neighbours, std::span<const std::int32_t> query_labels,
                    std::span<const std::int32_t> reference_labels, int k);

// Mean share of the first k neighbours in `a` that are among the first k of the same row in `b`.
double neighbour_preservation(const Neighbours& a, const Neighbours& b, int k);

}  // namespace mueca
