// From logits and labels to the figures of a split and a table of single predictions.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "apps/run_results.h"
#include "apps/table.h"
#include "data/pack.h"
#include "nn/metrics.h"

namespace mueca {

// logits [N, K] of the given rows of the pack. Accuracy with Wilson's interval, macro-F1, cross-entropy, ECE.
SplitFigures score(const Pack& pack, std::span<const Index> rows, const std::string& split, const Tensor& logits);

// row,label,predicted,prob_<class>... : one line per row of the pack.
std::string predictions_csv(const Pack& pack, std::span<const Index> rows, const Tensor& logits);

ConfusionMatrix confusion_of(const Pack& pack, std::span<const Index> rows, const Tensor& logits);
// Counts: a row per true class, a column per predicted one.
Table confusion_table(const ConfusionMatrix& matrix, const std::vector<std::string>& classes);

std::vector<std::int32_t> labels_of(const Pack& pack, std::span<const Index> rows);

}  // namespace mueca
