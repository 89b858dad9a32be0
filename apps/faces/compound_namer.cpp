#include "apps/faces/compound_namer.h"

#include <numeric>

#include "core/error.h"
#include "nn/metrics.h"

namespace mueca {

CompoundNamer::CompoundNamer(Recognizer& recognizer, const std::string& file) : recognizer_(recognizer) {
  if (file == kCompoundRule) {
    derive_compound(recognizer.classes, std::vector<float>(recognizer.classes.size(), 0));  // complains of its classes
    return;
  }
  check(recognizer.network(), file, ": a trained compound head needs a network; ", recognizer.name, " is none");
  head_ = load_compound_head(file, *recognizer.network());
}

std::vector<CompoundAnswer> CompoundNamer::name(std::span<const cv::Mat> crops,
                                                std::span<const Expression> expressions) const {
  check(crops.size() == expressions.size(), "compound: ", crops.size(), " crops, ", expressions.size(), " expressions");
  std::vector<CompoundAnswer> answers;
  if (!head_) {
    for (const Expression& e : expressions) answers.push_back(derive_compound(recognizer_.classes, e.probability));
    return answers;
  }
  if (crops.empty()) return answers;
  std::vector<Index> rows(crops.size());
  std::iota(rows.begin(), rows.end(), Index{0});
  const Tensor faces = faces_tensor(crops, recognizer_.crop_size);
  const Tensor p = compound_probabilities(*head_, compound_features(*recognizer_.network(), faces, rows, head_->layer));
  const auto best = argmax_rows(p);
  for (std::size_t i = 0; i < crops.size(); ++i) {
    const auto k = static_cast<std::size_t>(best[i]);
    answers.push_back({head_->classes[k], p.span()[i * head_->classes.size() + k], "trained"});
  }
  return answers;
}

std::string CompoundNamer::note() const {
  if (!head_) return std::string(kDerivedNote);
  return str("compound emotions by a trained head of ", head_->classes.size(),
             " classes on this network's features; it knows the faces it was trained on");
}

}  // namespace mueca
