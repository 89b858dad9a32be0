// The similarities p_ij of t-SNE's input: Gaussian over the nearest neighbours, one width per row for the wanted
// perplexity, symmetric, summing to 1 (van der Maaten & Hinton 2008; neighbours alone: van der Maaten 2014).
#pragma once
#include <cstdint>
#include <vector>

#include "apps/embed/knn.h"

namespace mueca {

// Compressed rows: row i's entries are [start[i], start[i + 1]), columns ascending, then entries (i, 0) up to a
// multiple of 16, so that a row is whole vectors.
struct Affinities {
  std::vector<std::int32_t> start;   // [N + 1]
  std::vector<std::int32_t> column;  // [entries]
  std::vector<float> p;              // [entries]
};

// p_{j|i} of each neighbour, [N, k], rows summing to 1: exp(-beta_i d^2) with beta_i such that the entropy of the row
// is log(perplexity). Where more than that many neighbours lie at the least distance, or all at the same, these share
// the row equally. 1 < perplexity < k.
std::vector<float> conditional_affinities(const Neighbours& neighbours, double perplexity);

// p_ij = (p_{j|i} + p_{i|j}) / 2N.
Affinities symmetric_affinities(const Neighbours& neighbours, const std::vector<float>& conditional);

}  // namespace mueca
