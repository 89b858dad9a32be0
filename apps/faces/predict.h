// What a model says about rows of a pack. Everything that evaluates goes through here.
#pragma once
#include <atomic>
#include <optional>
#include <span>
#include <vector>

#include "data/augmentation.h"
#include "data/loader.h"
#include "data/pack.h"
#include "nn/inference.h"

namespace mueca {

ImageFormat format_of(const Model& model);  // the loader's image format that this model wants
// How this model looks at images of a size: through the window that it was trained on.
std::vector<AugmentView> views_of(const Model& model, ImageSize source, EvaluationViews views);

// What of the source a view of size x size pixels shows, in pixels of the source, edge to edge.
struct ViewWindow {
  float left = 0, top = 0, width = 0, height = 0;
};
ViewWindow window_of(const AugmentView& view, int size);

// The rows that a model answers for: for a sequence model one per clip, `share` of the way through it (data/clips.h),
// by default its last frame; for other models all of them, or with a share one per clip, too.
std::vector<Index> answered_rows(const Model& model, const Pack& pack, std::span<const Index> rows,
                                 std::optional<float> share = {});

// Mean logits [N, classes] over the views of each row (data/augmentation.h); a sequence model sees each row's clip up
// to that row. The model runs in inference mode and nothing is recorded. `stop` ends it early with
// Error("interrupted"). A model's weights may change before the next call: it is folded first.
Tensor predict_logits(Model& model, const Pack& pack, std::span<const Index> rows,
                      const std::vector<AugmentView>& views, int batch, const std::atomic<bool>* stop = nullptr);

// The same for images u8 [T, H, W], each by itself. A sequence model goes on from `memory` [N, memory_size()], a row of
// it for each image, and leaves there what it remembers now; that takes a single view.
Tensor predict_logits(InferenceForm& network, const Tensor& images, std::span<const Index> rows,
                      const std::vector<AugmentView>& views, int batch, const std::atomic<bool>* stop = nullptr,
                      const Tensor& memory = {});
Tensor predict_logits(Model& model, const Tensor& images, std::span<const Index> rows,
                      const std::vector<AugmentView>& views, int batch, const std::atomic<bool>* stop = nullptr);

// Mean cross-entropy of hard labels, in double: label[i] belongs to row i of logits [N, K].
double cross_entropy_of(const Tensor& logits, std::span<const std::int32_t> label);

}  // namespace mueca
