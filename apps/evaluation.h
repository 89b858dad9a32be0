// Evaluation of one network or several on a split: figures on all images and on honest subsets, tables, files.
#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "apps/run_results.h"
#include "apps/table.h"
#include "data/pack.h"
#include "nn/metrics.h"

namespace mueca {

// What an ensemble says, [N, K]: the logarithm of its members' mean probability, which softmax turns into that mean.
// One member is passed through.
Tensor ensemble_logits(std::span<const Tensor> members);

struct Evaluation {
  std::string split;
  std::vector<Index> rows;
  Tensor logits;  // [N, K]
  ConfusionMatrix matrix;
  std::vector<SplitFigures> sets;  // all rows; those without a twin in `training`; those that FER+ calls faces
  std::vector<std::string> notes;  // what a reader must know about these figures
};

// logits [N, K] of `rows` of the split, ascending. The subsets appear where the pack can tell them: twins when the
// split is another than `training`, faces when there are votes; and only when they leave some images out.
Evaluation evaluate(const Pack& pack, const std::string& split, const std::vector<Index>& rows, const Tensor& logits);

Table figures_table(std::span<const SplitFigures> sets);  // one line per set, shares in per cent
Table class_table(const ConfusionMatrix& matrix, const std::vector<std::string>& classes);

// figures.csv, classes.csv, confusion.csv, predictions.csv, confusion.svg, confusion.png, evaluation.md into a folder
// that is made if needed; each file atomically.
void write_evaluation(const std::filesystem::path& folder, const Pack& pack, const Evaluation& evaluation,
                      const std::string& title);

}  // namespace mueca
