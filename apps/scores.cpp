#include "apps/scores.h"

#include "apps/faces/predict.h"
#include "core/error.h"
#include "core/ops.h"
#include "nn/fields.h"

namespace mueca {

std::vector<std::int32_t> labels_of(const Pack& pack, std::span<const Index> rows) {
  std::vector<std::int32_t> labels;
  for (Index row : rows) labels.push_back(pack.label[static_cast<std::size_t>(row)]);
  return labels;
}

ConfusionMatrix confusion_of(const Pack& pack, std::span<const Index> rows, const Tensor& logits) {
  const auto predicted = argmax_rows(logits);
  ConfusionMatrix matrix(static_cast<int>(logits.extent(1)));
  for (std::size_t i = 0; i < rows.size(); ++i) matrix.add(pack.label[static_cast<std::size_t>(rows[i])], predicted[i]);
  return matrix;
}

SplitFigures score(const Pack& pack, std::span<const Index> rows, const std::string& split, const Tensor& logits) {
  const auto labels = labels_of(pack, rows);
  const ConfusionMatrix matrix = confusion_of(pack, rows, logits);
  SplitFigures figures;
  figures.split = split;
  figures.n = matrix.total();
  figures.accuracy = matrix.accuracy();
  const Interval interval = wilson_interval(matrix.correct(), matrix.total());
  figures.low = interval.low, figures.high = interval.high;
  figures.macro_f1 = macro_f1(matrix);
  figures.loss = cross_entropy_of(logits, labels);
  figures.calibration_error = reliability(softmax(logits), labels).error;
  return figures;
}

Table confusion_table(const ConfusionMatrix& matrix, const std::vector<std::string>& classes) {
  Table table;
  table.columns.push_back({"true \\ predicted", false});
  for (const auto& name : classes) table.columns.push_back({name});
  for (int truth = 0; truth < matrix.classes(); ++truth) {
    std::vector<std::string> cells{classes[static_cast<std::size_t>(truth)]};
    for (int predicted = 0; predicted < matrix.classes(); ++predicted) cells.push_back(str(matrix(truth, predicted)));
    table.add(cells);
  }
  return table;
}

std::string predictions_csv(const Pack& pack, std::span<const Index> rows, const Tensor& logits) {
  const Tensor probabilities = softmax(logits);
  const auto predicted = argmax_rows(probabilities);
  const auto classes = static_cast<std::size_t>(probabilities.extent(1));
  const float* p = probabilities.data();
  std::string out = "row,label,predicted";
  for (std::size_t k = 0; k < classes; ++k) out += ",prob_" + csv_cell(pack.class_names[k]);
  out += "\n";
  for (std::size_t i = 0; i < rows.size(); ++i, p += classes) {
    const auto label = static_cast<std::size_t>(pack.label[static_cast<std::size_t>(rows[i])]);
    out += str(rows[i], ",", csv_cell(pack.class_names[label]), ",",
               csv_cell(pack.class_names[static_cast<std::size_t>(predicted[i])]));
    for (std::size_t k = 0; k < classes; ++k) out += "," + field_text(p[k]);
    out += "\n";
  }
  return out;
}

}  // namespace mueca
