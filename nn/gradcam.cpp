#include "nn/gradcam.h"

#include <algorithm>
#include <vector>

#include "core/autograd.h"

namespace mueca {
namespace {

// Backward leaves gradients on the trainable parameters behind the layer;
// nobody wants them.
class ClearGradients {
 public:
  explicit ClearGradients(Model& model) : model_(model) {}
  ~ClearGradients() {
    for (const Parameter& parameter : model_.parameters)
      if (parameter.value.requires_grad()) clear_grad(parameter.value);
  }
  ClearGradients(const ClearGradients&) = delete;
  ClearGradients& operator=(const ClearGradients&) = delete;

 private:
  Model& model_;
};

// One row: map [P, Q] from the layer's output and its gradient [P, Q, K].
void weigh(std::span<const float> output, std::span<const float> gradient, std::span<float> map) {
  const std::size_t places = map.size(), channels = output.size() / places;
  std::vector<double> weight(channels);
  for (std::size_t i = 0; i < output.size(); ++i) weight[i % channels] += gradient[i] / static_cast<double>(places);
  for (std::size_t p = 0; p < places; ++p) {
    double sum = 0;
    for (std::size_t k = 0; k < channels; ++k) sum += weight[k] * output[p * channels + k];
    map[p] = static_cast<float>(std::max(0.0, sum));
  }
  const float largest = *std::ranges::max_element(map);
  if (largest > 0)
    for (float& v : map) v /= largest;
}

}  // namespace

Tensor grad_cam(Model& model, const Tensor& x, std::span<const int> classes, std::string_view layer) {
  const ClearGradients clear(model);
  Tensor leaf;
  std::string known;
  Context context;
  context.tap = [&](std::string_view name, Tensor& output) {
    if (output.shape().rank() != 4) return;
    known += str(" ", name);
    if (name == layer) leaf = output = variable(output.detached());  // cut here: nothing is walked in front of it
  };
  const Tensor logits = model.forward(x.to(model.parameters.device()), context);
  check(leaf.defined(), "grad_cam: ", model.config.name, " has no map \"", layer, "\"; known:", known);
  check(logits.extent(0) == static_cast<Index>(classes.size()), "grad_cam: ", classes.size(), " classes for ",
        logits.extent(0), " rows");
  const Tensor gy = Tensor::full(logits.shape(), 0);
  for (std::size_t i = 0; i < classes.size(); ++i) {
    check(classes[i] >= 0 && classes[i] < logits.extent(1), "grad_cam: class ", classes[i], " of ", logits.extent(1));
    gy.data()[static_cast<Index>(i) * logits.extent(1) + classes[i]] = 1;
  }
  backward(logits, gy.to(logits.device()));

  const std::vector<float> output = leaf.to_vector(), gradient = grad_of(leaf).to_vector();
  const Tensor map({leaf.extent(0), leaf.extent(1), leaf.extent(2)});
  const std::size_t rows = classes.size(), values = output.size() / rows, places = map.span().size() / rows;
  for (std::size_t i = 0; i < rows; ++i)
    weigh(std::span(output).subspan(i * values, values), std::span(gradient).subspan(i * values, values),
          map.span().subspan(i * places, places));
  return map;
}

std::string last_map(Model& model) {
  const InputSpec& in = model.input;
  std::string last;
  Context context;
  context.tap = [&](std::string_view name, Tensor& output) {
    if (output.shape().rank() == 4) last = name;
  };
  const NoGrad no_grad;
  model.forward(Tensor::full({1, in.size, in.size, in.channels}, 0.0f, model.parameters.device()), context);
  return last;
}

}  // namespace mueca
