#include "apps/evaluation.h"

#include <algorithm>
#include <cmath>

#include "apps/compute.h"
#include "apps/faces/predict.h"
#include "apps/figures/confusion.h"
#include "apps/scores.h"
#include "apps/svm_run.h"
#include "core/error.h"
#include "core/files/atomic_file.h"
#include "core/ops.h"
#include "data/info.h"
#include "data/twins.h"
#include "data/votes.h"
#include "nn/calibration.h"
#include "nn/checkpoint.h"

namespace mueca {
namespace {

// The logits of a subset of `rows`; both ascending.
Tensor pick(const Tensor& logits, std::span<const Index> rows, std::span<const Index> subset) {
  const Index classes = logits.extent(1);
  Tensor out({static_cast<Index>(subset.size()), classes});
  std::size_t at = 0;
  for (std::size_t i = 0; i < subset.size(); ++i) {
    while (rows[at] != subset[i]) ++at;
    std::copy_n(logits.data() + static_cast<Index>(at) * classes, classes,
                out.data() + static_cast<Index>(i) * classes);
  }
  return out;
}

// The split's rows among `others` (all rows of the pack that qualify), ascending.
std::vector<Index> both(const std::vector<Index>& rows, const std::vector<Index>& others) {
  std::vector<Index> out;
  std::ranges::set_intersection(rows, others, std::back_inserter(out));
  return out;
}

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

}  // namespace

PackReader::PackReader(const std::string& checkpoint, const Pack& pack) : file_(checkpoint), pack_(pack) {
  if (holds_svm(file_)) {
    name_ = kSvmModel;
    return;
  }
  const auto trained_for = read_checkpoint_notes(file_).class_names;
  check(trained_for.empty() || trained_for == pack.class_names, file_, ": was trained for ", listed(trained_for),
        "; the pack has ", listed(pack.class_names));
  model_ = load_model(file_, compute_device());
  check(model_->config.classes == static_cast<int>(pack.class_names.size()), file_, ": has ", model_->config.classes,
        " classes; the pack has ", pack.class_names.size());
  name_ = model_->config.name;
}

std::vector<Index> PackReader::rows(std::span<const Index> rows, std::optional<float> share) const {
  return model_ ? answered_rows(*model_, pack_, rows, share) : std::vector<Index>(rows.begin(), rows.end());
}

Tensor PackReader::logits(std::span<const Index> rows, EvaluationViews views, int batch,
                          const std::atomic<bool>* stop) const {
  if (!model_) {
    std::string name;
    return svm_logits(file_, pack_, rows, name);
  }
  const auto looks = views_of(*model_, {pack_.height, pack_.width}, views);
  return calibrated(predict_logits(*model_, pack_, rows, looks, batch, stop), model_->calibration);
}

Tensor ensemble_logits(std::span<const Tensor> members) {
  check(!members.empty(), "ensemble: no networks");
  if (members.size() == 1) return members[0];
  Tensor sum = Tensor::full(members[0].shape(), 0);
  for (const Tensor& logits : members) {
    check(logits.shape() == sum.shape(), "ensemble: logits ", logits.shape(), " beside ", sum.shape());
    const Tensor p = softmax(logits);
    for (Index i = 0; i < sum.size(); ++i) sum.data()[i] += p.data()[i];
  }
  const float share = 1 / static_cast<float>(members.size());
  for (float& v : sum.span()) v = std::log(std::max(v * share, 1e-30f));
  return sum;
}

Evaluation evaluate(const Pack& pack, const std::string& split, const std::vector<Index>& rows, const Tensor& logits) {
  Evaluation e{split, rows, logits, ConfusionMatrix(static_cast<int>(pack.class_names.size())), {}, {}};
  check(!e.rows.empty(), "evaluate: split \"", split, "\" has no images");
  check(logits.shape() == Shape({static_cast<Index>(e.rows.size()), static_cast<Index>(pack.class_names.size())}),
        "evaluate: ", e.rows.size(), " images and ", pack.class_names.size(), " classes, but logits ", logits.shape());
  e.matrix = confusion_of(pack, e.rows, logits);
  e.sets.push_back(score(pack, e.rows, split, logits));
  const auto add_subset = [&](const std::vector<Index>& subset, const std::string& name) {
    if (!subset.empty() && subset.size() < e.rows.size())
      e.sets.push_back(score(pack, subset, split + name, pick(logits, e.rows, subset)));
  };
  if (split != "training" && pack.has_split("training"))
    add_subset(both(e.rows, rows_without_twins(pack, split)), kNoTwins);
  if (pack.has_votes()) add_subset(both(e.rows, rows_with_faces(pack)), kFacesOnly);
  if (is_merged_fer2013_test(count_classes(pack)[static_cast<std::size_t>(pack.split_index(split))]))
    e.notes.push_back("this split is FER2013's PublicTest and PrivateTest together: not a PrivateTest result");
  return e;
}

Table figures_table(std::span<const SplitFigures> sets) {
  Table table{"Figures",
              {{"images", false}, {"n"}, {"accuracy %"}, {"95 % interval"}, {"macro-F1"}, {"loss"}, {"ECE"}},
              {},
              {}};
  for (const SplitFigures& s : sets)
    table.add({s.split, str(s.n), percent(s.accuracy, 2), percent(s.low, 1) + " to " + percent(s.high, 1),
               fixed(s.macro_f1, 3), fixed(s.loss, 3), fixed(s.calibration_error, 3)});
  return table;
}

Table class_table(const ConfusionMatrix& matrix, const std::vector<std::string>& classes) {
  Table table{"Classes", {{"class", false}, {"n"}, {"precision %"}, {"recall %"}, {"F1"}}, {}, {}};
  const auto figures = per_class(matrix);
  for (std::size_t k = 0; k < figures.size(); ++k)
    table.add({classes[k], str(figures[k].support), percent(figures[k].precision, 1), percent(figures[k].recall, 1),
               fixed(figures[k].f1, 3)});
  return table;
}

void write_evaluation(const std::filesystem::path& folder, const Pack& pack, const Evaluation& e,
                      const std::string& title) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  check(!error, folder.string(), ": cannot be made: ", error.message());
  const Table figures = figures_table(e.sets), classes = class_table(e.matrix, pack.class_names);
  const Table confusion = confusion_table(e.matrix, pack.class_names);
  write_file_atomically(folder / "figures.csv", csv_table(figures));
  write_file_atomically(folder / "classes.csv", csv_table(classes));
  write_file_atomically(folder / "confusion.csv", csv_table(confusion));
  write_file_atomically(folder / "predictions.csv", predictions_csv(pack, e.rows, e.logits));
  confusion_figure(e.matrix, pack.class_names, title).write(folder / "confusion");
  std::string page = "# " + title + "\n\n";
  for (const std::string& note : e.notes) page += "Note: " + note + ".\n\n";
  page += markdown_table(figures) + "\n" + markdown_table(classes) + "\n" + markdown_table(confusion) +
          "\n![Confusion matrix](confusion.svg)\n";
  write_file_atomically(folder / "evaluation.md", page);
}

}  // namespace mueca
