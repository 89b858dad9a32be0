#include "nn/models/plain_cnn.h"

#include "core/ops.h"

namespace mueca {

PlainCnn::PlainCnn(const ModelConfig& c, Device device, bool se) : Model(c, device) {
  check(c.variant.empty() || c.variant == "flat" || c.variant == "gap", c.name, ": variant must be flat or gap, got ",
        c.variant);
  check(c.depth == 0, c.name, ": has no choice of depth, got ", c.depth);
  check(c.trainable == "all", c.name, ": trainable must be all, got ", c.trainable);
  flat_ = c.variant != "gap";
  Maker make{parameters, c.seed};
  make.norm_momentum = momentum_or(c, 0.9f);
  const std::vector<std::vector<int>> plan =
      flat_ ? std::vector<std::vector<int>>{{32, 64}, {128, 128}, {256, 256}}
            : std::vector<std::vector<int>>{{32, 32}, {64, 64}, {128, 128}, {256, 256}};
  int channels = input.channels, pixels = c.size;
  for (const auto& widths : plan) {
    Stage stage{str("block", stages_.size() + 1), {}, {}};
    for (const int width : widths) {
      const int out = make_divisible(static_cast<float>(width) * c.width);
      stage.units.push_back(conv_norm(make, str(stage.name, "_conv", stage.units.size() + 1), channels, out, 3));
      channels = out;
    }
    if (se) stage.se = make.squeeze_excite(stage.name + "_se", channels);
    stages_.push_back(std::move(stage));
    pixels /= 2;
  }
  int features = channels;
  if (flat_) {
    features = make_divisible(256 * c.width);
    hidden_ = make.dense_relu("fc", pixels * pixels * channels, features);
  }
  classifier_ = classifier(make, c, features);
}

Tensor PlainCnn::forward(const Tensor& x, const Context& context) {
  check_input(*this, x);
  Tensor y = x;
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    for (const ConvNorm& unit : stages_[i].units) y = unit(y, context, Activation::relu);
    if (stages_[i].se) y = (*stages_[i].se)(y);
    context.show(stages_[i].name, y);
    if (flat_ || i + 1 < stages_.size()) y = max_pool(y, {2, 2, {}});
  }
  y = flat_ ? relu((*hidden_)(flatten(y))) : global_avg_pool(y);
  return classifier_(y, context);
}

}  // namespace mueca
