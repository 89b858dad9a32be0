// vgg: 3x3 convolutions in five stages of 64, 128, 256, 512, 512 channels (Simonyan & Zisserman 2015).
//
// Convolutions per stage: depth 11: 1 1 2 2 2 (default), 13: 2 2 2 2 2, 16: 2 2 3 3 3, 19: 2 2 4 4 4.
// At 48 pixels and width 1:
//   block1  [48, 48, 64]   max-pool 2        block4  [6, 6, 512]   max-pool 2
//   block2  [24, 24, 128]  max-pool 2        block5  [3, 3, 512]   (max-pool 2 in variant keras)
//   block3  [12, 12, 256]  max-pool 2        global average pool, dropout, predictions [classes]
// variant norm (default): batch-norm after each convolution, no bias; 9.2 M (11) to 20.0 M (19) parameters.
//   Input: one channel, (pixel - 127.5) / 64.
// variant keras: Keras' VGG16 and VGG19 without top: depth 16 (default) or 19, biases, no batch-norm, layer names
//   block1_conv1 ... block5_conv4; 14,714,688 and 20,024,384 trunk parameters.
//   Input: one channel, the pixel as it is. Keras' weights expect B, G, R minus the ImageNet means 103.939, 116.779,
//   123.68 (its "caffe" mode); a gray pixel stands for all three, so forward() starts with a fixed 1x1 convolution of
//   ones with the negative means as bias. It is no parameter.
// Reads: variant, classes, size, width, depth, dropout, trainable (variant keras; blocks 1 to 5), norm_momentum, seed.
#include <array>
#include <vector>

#include "nn/models/parts.h"
#include "nn/models/trainable.h"

namespace mueca {
namespace {

class Vgg : public Model {
 public:
  Vgg(const ModelConfig& c, Device device) : Model(c, device), keras_(c.variant == "keras") {
    check(keras_ || c.variant.empty() || c.variant == "norm", "vgg: variant must be norm or keras, got ", c.variant);
    check(keras_ || c.trainable == "all", "vgg: variant norm trains all, got trainable ", c.trainable);
    check(c.size >= 32 || !keras_, "vgg: variant keras needs a size of at least 32, got ", c.size);
    check(c.size >= 16, "vgg: size must be at least 16, got ", c.size);
    const int first_trainable = first_trainable_block("vgg", c.trainable, 5);
    Maker make{parameters, c.seed};
    make.norm_momentum = momentum_or(c, 0.9f);
    int channels = input.channels;
    if (keras_) {
      input.scale = 1, input.shift = 0, channels = 3;
      ones_ = Tensor::full({1, 1, 1, 3}, 1.0f, device);
      negative_mean_ = Tensor::from({3}, {-103.939f, -116.779f, -123.68f}).to(device);
    }
    const std::array<int, 5> convs = convs_per_stage(c.depth, keras_);
    constexpr std::array<int, 5> kWidths = {64, 128, 256, 512, 512};
    for (std::size_t s = 0; s < 5; ++s) {
      make.trainable = static_cast<int>(s) + 1 >= first_trainable;
      const std::string name = str("block", s + 1);
      const int out = make_divisible(static_cast<float>(kWidths[s]) * c.width);
      stages_.push_back({name, {}});
      for (int i = 1; i <= convs[s]; ++i, channels = out) {
        const std::string layer = str(name, "_conv", i);
        stages_.back().units.push_back(keras_ ? ConvNorm{make.conv(layer, channels, out, 3, 1, Pad::same, true), {}}
                                              : conv_norm(make, layer, channels, out, 3));
      }
    }
    make.trainable = true;
    classifier_ = classifier(make, c, channels);
  }

  Tensor layers(const Tensor& x, const Context& context) override {
    check_input(*this, x);
    Tensor y = keras_ ? conv2d(x, ones_, negative_mean_, Conv2d{}) : x;
    for (std::size_t s = 0; s < stages_.size(); ++s) {
      for (const ConvNorm& unit : stages_[s].units) y = unit(y, context, Activation::relu);
      context.show(stages_[s].name, y);
      if (keras_ || s + 1 < stages_.size()) y = max_pool(y, {2, 2, {}});
    }
    return classifier_(global_avg_pool(y), context);
  }

 private:
  struct Stage {
    std::string name;
    std::vector<ConvNorm> units;  // variant keras: the convolution alone
  };

  static std::array<int, 5> convs_per_stage(int depth, bool keras) {
    check(!keras || depth == 0 || depth == 16 || depth == 19, "vgg: variant keras has depth 16 or 19, got ", depth);
    switch (depth ? depth : keras ? 16 : 11) {
      case 11:
        return {1, 1, 2, 2, 2};
      case 13:
        return {2, 2, 2, 2, 2};
      case 16:
        return {2, 2, 3, 3, 3};
      case 19:
        return {2, 2, 4, 4, 4};
      default:
        throw Error(str("vgg: depth must be 11, 13, 16 or 19, got ", depth));
    }
  }

  bool keras_;
  Tensor ones_, negative_mean_;
  std::vector<Stage> stages_;
  Classifier classifier_;
};

}  // namespace

std::unique_ptr<Model> make_vgg(const ModelConfig& config, Device device) {
  return std::make_unique<Vgg>(config, device);
}

}  // namespace mueca
