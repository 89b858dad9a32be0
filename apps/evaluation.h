// Evaluation of one network or several on a split: figures on all images and on honest subsets, tables, files.
#pragma once
#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apps/run_results.h"
#include "apps/table.h"
#include "data/augmentation.h"
#include "data/pack.h"
#include "nn/metrics.h"
#include "nn/model.h"

namespace mueca {

// A checkpoint, of a network or of a support vector machine, opened for one pack. Throws Error when it was trained for
// other classes than the pack's. The pack must outlive it.
class PackReader {
 public:
  PackReader(const std::string& checkpoint, const Pack& pack);
  const std::string& name() const { return name_; }      // of the model
  const Model* network() const { return model_.get(); }  // nullptr: a support vector machine
  // Those of `rows` that it answers for (faces/predict.h); a machine for all.
  std::vector<Index> rows(std::span<const Index> rows, std::optional<float> share = {}) const;
  // [N, K]: means over the views, calibrated where the checkpoint is. A machine sees the whole image, once.
  Tensor logits(std::span<const Index> rows, EvaluationViews views, int batch = 128,
                const std::atomic<bool>* stop = nullptr) const;

 private:
  std::string file_, name_;
  const Pack& pack_;
  std::unique_ptr<Model> model_;
};

// What an ensemble says, [N, K]: the logarithm of its members' mean probability, which softmax turns into that mean.
// One member is passed through.
Tensor ensemble_logits(std::span<const Tensor> members);

// How subsets are called, behind the split's name.
inline constexpr const char* kNoTwins = ", no twin in training";
inline constexpr const char* kFacesOnly = ", faces only";

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
