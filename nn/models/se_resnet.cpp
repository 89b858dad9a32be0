// se_resnet: residual network (He et al. 2016) with squeeze-and-excitation in every block, small-image stem.
// Basic blocks: conv 3x3 - norm - ReLU - conv 3x3 - norm - SE - sum with the shortcut - ReLU; the shortcut is a 1x1
// convolution with norm where the shape changes. Without SE the sum and the ReLU are part of the second norm.
//
// depth 18 (default; 10: one block per stage, 34: 3, 4, 6, 3), size 48; base B = 64 * width (16 to 64 are usual):
//   conv1    conv 3x3 B        [48, 48, B]
//   stage1   2 blocks B        [48, 48, B]
//   stage2   2 blocks 2B, /2   [24, 24, 2B]
//   stage3   2 blocks 4B, /2   [12, 12, 4B]
//   stage4   2 blocks 8B, /2   [6, 6, 8B]    global average pool, dropout, predictions [classes]
// Parameters with SE: B = 64: 11.3 M, 32: 2.82 M, 16: 0.71 M.
// Reads: classes, size, width, depth, se, dropout, norm_momentum, seed. Input: one channel, (pixel - 127.5) / 64.
#include <array>
#include <optional>
#include <vector>

#include "nn/models/parts.h"

namespace mueca {
namespace {

class SeResnet : public Model {
 public:
  SeResnet(const ModelConfig& c, Device device) : Model(c, device) {
    check(c.variant.empty(), "se_resnet: has no variants, got ", c.variant);
    check(c.trainable == "all", "se_resnet: trainable must be all, got ", c.trainable);
    const std::array<int, 4> blocks = blocks_per_stage(c.depth);
    Maker make{parameters, c.seed};
    make.norm_momentum = momentum_or(c, 0.9f);
    const int base = make_divisible(64 * c.width);
    stem_ = conv_norm(make, "conv1", input.channels, base, 3);
    int channels = base;
    for (int stage = 0; stage < 4; ++stage) {
      const int out = base << stage;
      for (int i = 0; i < blocks[static_cast<std::size_t>(stage)]; ++i) {
        const int stride = stage > 0 && i == 0 ? 2 : 1;
        blocks_.push_back(make_block(make, str("stage", stage + 1, "_block", i + 1), channels, out, stride));
        channels = out;
      }
    }
    classifier_ = classifier(make, c, channels);
  }

  Tensor layers(const Tensor& x, const Context& context) override {
    check_input(*this, x);
    Tensor y = stem_(x, context, Activation::relu);
    context.show("conv1", y);
    for (const Block& block : blocks_) {
      y = run(block, y, context);
      context.show(block.name, y);
    }
    return classifier_(global_avg_pool(y), context);
  }

 private:
  struct Block {
    std::string name;
    ConvNorm first, second;
    std::optional<SqueezeExcite> se;
    std::optional<ConvNorm> shortcut;
  };

  static std::array<int, 4> blocks_per_stage(int depth) {
    switch (depth) {
      case 10:
        return {1, 1, 1, 1};
      case 0:
      case 18:
        return {2, 2, 2, 2};
      case 34:
        return {3, 4, 6, 3};
      default:
        throw Error(str("se_resnet: depth must be 10, 18 or 34, got ", depth));
    }
  }

  Block make_block(Maker& make, const std::string& name, int in, int out, int stride) const {
    Block block{name,
                conv_norm(make, name + "_conv1", in, out, 3, stride),
                conv_norm(make, name + "_conv2", out, out, 3),
                {},
                {}};
    if (config.se) block.se = make.squeeze_excite(name + "_se", out);
    if (stride != 1 || in != out) block.shortcut = conv_norm(make, name + "_shortcut", in, out, 1, stride);
    return block;
  }

  static Tensor run(const Block& block, const Tensor& x, const Context& context) {
    const Tensor y = block.first(x, context, Activation::relu);
    const Tensor shortcut = block.shortcut ? (*block.shortcut)(x, context, Activation::none) : x;
    if (!block.se) return block.second(y, context, Activation::relu, shortcut);
    return relu(add((*block.se)(block.second(y, context, Activation::none)), shortcut));
  }

  ConvNorm stem_;
  std::vector<Block> blocks_;
  Classifier classifier_;
};

}  // namespace

std::unique_ptr<Model> make_se_resnet(const ModelConfig& config, Device device) {
  return std::make_unique<SeResnet>(config, device);
}

}  // namespace mueca
