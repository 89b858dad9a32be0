#include "nn/models/plain_cnn.h"

#include "core/ops.h"

namespace mueca {

PlainStages::PlainStages(Maker& make, const ModelConfig& c, int channels, const std::vector<std::vector<int>>& plan,
                         bool se)
    : channels_(channels) {
  for (const auto& widths : plan) {
    Stage stage{str("block", stages_.size() + 1), {}, {}};
    for (const int width : widths) {
      const int out = make_divisible(static_cast<float>(width) * c.width);
      stage.units.push_back(conv_norm(make, str(stage.name, "_conv", stage.units.size() + 1), channels_, out, 3));
      channels_ = out;
    }
    if (se) stage.se = make.squeeze_excite(stage.name + "_se", channels_);
    stages_.push_back(std::move(stage));
  }
}

Tensor PlainStages::operator()(const Tensor& x, const Context& context, bool pool_last) const {
  Tensor y = x;
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    for (const ConvNorm& unit : stages_[i].units) y = unit(y, context, Activation::relu);
    if (stages_[i].se) y = (*stages_[i].se)(y);
    context.show(stages_[i].name, y);
    if (pool_last || i + 1 < stages_.size()) y = max_pool(y, {2, 2, {}});
  }
  return y;
}

const std::vector<std::vector<int>>& gap_plan() {
  static const std::vector<std::vector<int>> plan{{32, 32}, {64, 64}, {128, 128}, {256, 256}};
  return plan;
}

PlainCnn::PlainCnn(const ModelConfig& c, Device device, bool se) : Model(c, device) {
  check(c.variant.empty() || c.variant == "flat" || c.variant == "gap", c.name, ": variant must be flat or gap, got ",
        c.variant);
  check(c.depth == 0, c.name, ": has no choice of depth, got ", c.depth);
  check(c.trainable == "all", c.name, ": trainable must be all, got ", c.trainable);
  flat_ = c.variant != "gap";
  Maker make{parameters, c.seed};
  make.norm_momentum = momentum_or(c, 0.9f);
  const std::vector<std::vector<int>> flat_plan{{32, 64}, {128, 128}, {256, 256}};
  stages_.emplace(make, c, input.channels, flat_ ? flat_plan : gap_plan(), se);
  int features = stages_->channels();
  if (flat_) {
    const int pixels = c.size >> stages_->count(), inputs = pixels * pixels * features;
    features = make_divisible(256 * c.width);
    hidden_ = make.dense_relu("fc", inputs, features);
  }
  classifier_ = classifier(make, c, features);
}

Tensor PlainCnn::layers(const Tensor& x, const Context& context) {
  check_input(*this, x);
  const Tensor y = (*stages_)(x, context, flat_);
  return classifier_(flat_ ? relu((*hidden_)(flatten(y))) : global_avg_pool(y), context);
}

}  // namespace mueca
