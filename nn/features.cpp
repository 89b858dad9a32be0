#include "nn/features.h"

#include "core/autograd.h"
#include "core/nearest.h"
#include "core/ops.h"

namespace mueca {
namespace {

void forward_watched(Model& model, const Tensor& x, const std::function<void(std::string_view, const Tensor&)>& tap) {
  const NoGrad no_grad;
  Context context;
  context.tap = tap;
  model.forward(x.to(model.parameters.device()), context);
}

}  // namespace

Tensor pooled_features(Model& model, const Tensor& x, std::string_view layer) {
  Tensor output;
  forward_watched(model, x, [&](std::string_view name, const Tensor& y) {
    if (name == layer) output = y.detached();
  });
  if (!output.defined()) {
    const auto names = layer_names(model);
    std::string known;
    for (const auto& name : names) known += " " + name;
    throw Error(str("features: ", model.config.name, " has no layer \"", layer, "\"; known:", known,
                    did_you_mean(layer, names)));
  }
  check(output.shape().rank() == 4 || output.shape().rank() == 2, "features: ", layer, " is ", output.shape(),
        "; expected [N, P, Q, K] or [N, K]");
  const NoGrad no_grad;
  return cast(output.shape().rank() == 4 ? global_avg_pool(output) : output, DType::f32);
}

std::vector<std::string> layer_names(Model& model) {
  const InputSpec& in = model.input;
  const Tensor one = Tensor::full({1, in.size, in.size, in.channels}, 0.0f, model.parameters.device());
  std::vector<std::string> names;
  forward_watched(model, one, [&](std::string_view name, const Tensor&) { names.emplace_back(name); });
  return names;
}

}  // namespace mueca
