// The networks whose export is compared with other runtimes: each model of the registry and each op that none of them
// has.
#pragma once
#include <memory>
#include <ostream>
#include <vector>

#include "core/random.h"
#include "nn/layers.h"
#include "nn/registry.h"

namespace mueca {

inline void PrintTo(const ModelConfig& config, std::ostream* out) { *out << config.name; }  // for GoogleTest

inline std::vector<ModelConfig> exported_models() {
  return {{.name = "baseline_cnn", .width = 0.25f},
          {.name = "baseline_cnn", .variant = "gap", .width = 0.5f},
          {.name = "se_cnn", .width = 0.25f},
          {.name = "se_cnn", .variant = "gap", .classes = 3, .size = 44, .width = 0.5f},
          {.name = "se_resnet", .width = 0.25f},
          {.name = "se_resnet", .width = 0.25f, .depth = 10, .se = false},
          {.name = "vgg", .width = 0.25f},
          {.name = "vgg", .variant = "keras", .width = 0.25f, .depth = 19},
          {.name = "mobilenet_v2"},
          {.name = "mobilenet_v2", .size = 96, .width = 0.35f},
          {.name = "mobilenet_v2", .size = 45, .width = 0.35f},  // odd extents pad otherwise
          {.name = "mobilenet_v2", .size = 48, .width = 0.35f, .unstrided = 2},
          {.name = "linear", .size = 20},
          {.name = "cnn_gru", .width = 0.25f, .hidden = 12}};
}

// Ops and neighbourhoods that no model has: norms that cannot be folded, windows with one-sided padding, swish, resize.
class OddNetwork : public Model {
 public:
  explicit OddNetwork(bool clipped) : Model({.name = "odd", .classes = 5, .size = 20}, Device::cpu), clipped_(clipped) {
    Maker make{parameters, 1};
    first_norm_ = make.norm("first_norm", 1);
    conv_ = make.conv("conv", 1, 6, 3, 2, Pad::keras_stride2, true);
    norm_ = make.norm("norm", 6);
    depthwise_ = make.depthwise("depthwise", 6, 3, 1, Pad::same);
    dense_ = make.dense("dense", 12, 8);
    dense_norm_ = make.norm("dense_norm", 8);
    last_ = make.dense("last", 8, 5);
    parameters.flatten();
  }

  Tensor layers(const Tensor& x, const Context& context) override {
    const Tensor y = conv_(first_norm_(x, context, Activation::none));
    Tensor z = add(swish(y), norm_(y, context, Activation::relu));  // two readers: the norm stays
    z = depthwise_conv2d(z, depthwise_.kernel->value, conv_.bias->value, {1, {1, 0, 1, 2}});
    const Tensor largest = max_pool(z, {3, 2, {1, 0, 0, 1}});
    z = concat({columns(largest, 4, 2), avg_pool(z, {3, 2, {1, 0, 0, 1}}), columns(largest, 0, 4)});
    z = resize_bilinear(z, 7, 13);
    if (clipped_) z = relu6(z);
    z = dense_norm_(dense_(global_avg_pool(z)), context, Activation::none);
    return softmax(last_(sigmoid(reshape(z, {z.extent(0), 8}))));
  }

 private:
  bool clipped_;
  Norm first_norm_, norm_, dense_norm_;
  Conv conv_;
  Depthwise depthwise_;
  Dense dense_, last_;
};

// As after training: no moving statistic, gain or bias has the value that makes it vanish.
inline void scramble(Model& model) {
  Random random({7, RandomStream::test});
  for (Parameter& p : model.parameters)
    for (float& v : p.value.span()) {
      if (p.name.ends_with("/moving_variance") || p.name.ends_with("/gamma"))
        v = random.uniform(0.5f, 1.5f);
      else if (!p.name.ends_with("kernel"))
        v = 0.3f * random.normal();
    }
}

// [n, S, S, C] of random pixels, scaled as the model wants them.
inline Tensor random_images(const Model& model, Index n) {
  const InputSpec& in = model.input;
  const Tensor x({n, in.size, in.size, in.channels});
  Random random({11, RandomStream::test});
  for (float& v : x.span()) v = static_cast<float>(random.below(256)) * in.scale + in.shift;
  return x;
}

}  // namespace mueca
