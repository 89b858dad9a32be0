// What a model says about rows of a pack. Everything that evaluates goes through here.
#pragma once
#include <atomic>
#include <span>
#include <vector>

#include "data/augmentation.h"
#include "data/loader.h"
#include "nn/inference.h"

namespace mueca {

ImageFormat format_of(const Model& model);  // the loader's image format that this model wants
// How this model looks at images of a size: through the window that it was trained on.
std::vector<AugmentView> views_of(const Model& model, ImageSize source, EvaluationViews views);

// Mean logits [N, classes] over the views of each row (data/augmentation.h), images u8 [T, H, W]. The model runs in
// inference mode and nothing is recorded. `stop` ends it early with Error("interrupted").
Tensor predict_logits(InferenceForm& network, const Tensor& images, std::span<const Index> rows,
                      const std::vector<AugmentView>& views, int batch, const std::atomic<bool>* stop = nullptr);
// The same for a model whose weights may change before the next call: folds it first.
Tensor predict_logits(Model& model, const Tensor& images, std::span<const Index> rows,
                      const std::vector<AugmentView>& views, int batch, const std::atomic<bool>* stop = nullptr);

// Mean cross-entropy of hard labels, in double: label[i] belongs to row i of logits [N, K].
double cross_entropy_of(const Tensor& logits, std::span<const std::int32_t> label);

}  // namespace mueca
