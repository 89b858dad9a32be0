#include "apps/faces/predict.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace mueca {

ImageFormat format_of(const Model& model) {
  return {model.input.size, model.input.channels, model.input.scale, model.input.shift};
}

std::vector<AugmentView> views_of(const Model& model, ImageSize source, EvaluationViews views) {
  const int side = std::min(source.height, source.width);
  const int crop = static_cast<int>(std::lround(model.input.crop * static_cast<float>(side)));
  return evaluation_views(views, source, crop < side ? crop : 0, model.input.size);
}

Tensor predict_logits(InferenceForm& network, const Tensor& images, std::span<const Index> rows,
                      const std::vector<AugmentView>& views, int batch, const std::atomic<bool>* stop) {
  check(!views.empty() && batch > 0, "predict: needs a view and a batch of at least 1");
  const Model& model = network.model();
  const ImageFormat format = format_of(model);
  const auto n = static_cast<Index>(rows.size());
  const Index classes = model.config.classes;
  Tensor out = Tensor::full({n, classes}, 0);
  const auto sum = out.span();
  for (Index begin = 0; begin < n; begin += batch) {
    check(!stop || !*stop, "interrupted");
    const Index count = std::min<Index>(batch, n - begin);
    const auto part = rows.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(count));
    for (const AugmentView& view : views) {
      const Tensor logits = network.forward(load_view(images, part, view, format));
      check(logits.shape() == Shape({count, classes}), "predict: ", model.config.name, " gave logits ", logits.shape());
      const auto values = logits.to_vector();
      for (std::size_t i = 0; i < values.size(); ++i)
        sum[static_cast<std::size_t>(begin * classes) + i] += values[i] / static_cast<float>(views.size());
    }
  }
  return out;
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
