#include "apps/faces/predict.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "data/clips.h"

namespace mueca {

namespace {

// Batch by batch, the mean over the views of answer(first row, rows, view) -> logits.
template <class Answer>
Tensor mean_logits(const Model& model, Index n, const std::vector<AugmentView>& views, int batch,
                   const std::atomic<bool>* stop, const Answer& answer) {
  check(!views.empty() && batch > 0, "predict: needs a view and a batch of at least 1");
  const Index classes = model.config.classes;
  Tensor out = Tensor::full({n, classes}, 0);
  const auto sum = out.span();
  for (Index begin = 0; begin < n; begin += batch) {
    check(!stop || !*stop, "interrupted");
    const Index count = std::min<Index>(batch, n - begin);
    for (const AugmentView& view : views) {
      const Tensor logits = answer(begin, count, view);
      check(logits.shape() == Shape({count, classes}), "predict: ", model.config.name, " gave logits ", logits.shape());
      const auto values = logits.to_vector();
      for (std::size_t i = 0; i < values.size(); ++i)
        sum[static_cast<std::size_t>(begin * classes) + i] += values[i] / static_cast<float>(views.size());
    }
  }
  return out;
}

}  // namespace

ImageFormat format_of(const Model& model) {
  return {model.input.size, model.input.channels, model.input.scale, model.input.shift, model.input.frames};
}

std::vector<AugmentView> views_of(const Model& model, ImageSize source, EvaluationViews views) {
  const int side = std::min(source.height, source.width);
  const int crop = static_cast<int>(std::lround(model.input.crop * static_cast<float>(side)));
  return evaluation_views(views, source, crop < side ? crop : 0, model.input.size);
}

ViewWindow window_of(const AugmentView& view, int size) {
  // Pixel centres lie on whole numbers of view and source, so edges lie half a pixel outside.
  const float first = -0.5f, last = static_cast<float>(size) - 0.5f;
  const auto row = [&](float p, float q) { return view.m[0] * p + view.m[1] * q + view.m[2] + 0.5f; };
  const auto column = [&](float p, float q) { return view.m[3] * p + view.m[4] * q + view.m[5] + 0.5f; };
  const float left = column(first, first), top = row(first, first);
  return {left, top, column(last, last) - left, row(last, last) - top};
}

std::vector<Index> answered_rows(const Model& model, const Pack& pack, std::span<const Index> rows,
                                 std::optional<float> share) {
  if (model.input.frames == 1 && !share) return {rows.begin(), rows.end()};
  return clip_rows(pack, rows, share.value_or(1));
}

Tensor predict_logits(Model& model, const Pack& pack, std::span<const Index> rows,
                      const std::vector<AugmentView>& views, int batch, const std::atomic<bool>* stop) {
  InferenceForm network(model);
  const ImageFormat format = format_of(model);
  const Tensor images = pack.images.to(model.parameters.device());
  return mean_logits(model, static_cast<Index>(rows.size()), views, batch, stop,
                     [&](Index begin, Index count, const AugmentView& view) {
                       const auto part = rows.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(count));
                       return network.forward(load_view(images, frames_of(pack, part, format.frames), view, format));
                     });
}

Tensor predict_logits(InferenceForm& network, const Tensor& images, std::span<const Index> rows,
                      const std::vector<AugmentView>& views, int batch, const std::atomic<bool>* stop,
                      const Tensor& memory) {
  const auto n = static_cast<Index>(rows.size());
  const Index units = network.model().memory_size();
  check(!memory.defined() || views.size() == 1, "predict: several views cannot share a memory");
  check(!memory.defined() || memory.shape() == Shape({n, units}), "predict: the memory of ", n, " images must be [", n,
        ", ", units, "], got ", memory.defined() ? str(memory.shape()) : "none");
  ImageFormat format = format_of(network.model());
  format.frames = 1;
  const Device device = network.model().parameters.device();
  const Tensor there = images.to(device);
  return mean_logits(network.model(), n, views, batch, stop, [&](Index begin, Index count, const AugmentView& view) {
    const auto part = rows.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(count));
    const Tensor x = load_view(there, part, view, format);
    if (!memory.defined() || units == 0) return network.forward(x);
    const Tensor before = memory.slice(begin * units, count * units, {count, units}), now = before.to(device);
    const Tensor logits = network.forward(x, now);
    before.copy_from(now);
    return logits;
  });
}

Tensor predict_logits(Model& model, const Tensor& images, std::span<const Index> rows,
                      const std::vector<AugmentView>& views, int batch, const std::atomic<bool>* stop) {
  InferenceForm network(model);
  return predict_logits(network, images, rows, views, batch, stop);
}

double cross_entropy_of(const Tensor& logits, std::span<const std::int32_t> label) {
  const Index classes = logits.extent(1);
  check(logits.extent(0) == static_cast<Index>(label.size()), "cross-entropy: ", logits.shape(), " logits, but ",
        label.size(), " labels");
  const float* x = logits.data();
  double total = 0;
  for (std::size_t i = 0; i < label.size(); ++i, x += classes) {
    const double largest = *std::max_element(x, x + classes);
    double sum = 0;
    for (Index k = 0; k < classes; ++k) sum += std::exp(x[k] - largest);
    total += std::log(sum) + largest - x[label[i]];
  }
  return label.empty() ? 0 : total / static_cast<double>(label.size());
}

}  // namespace mueca
