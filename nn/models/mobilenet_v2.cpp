// mobilenet_v2: inverted residuals with linear bottlenecks (Sandler et al. 2018), layer for layer as Keras builds it,
// so that Keras' weights load by name. ReLU6; batch-norm epsilon 1e-3, momentum 0.999; stride-2 convolutions pad as
// Keras' correct_pad. Channels are make_divisible(base * width); Conv_1 has at least 1280.
//
//   layer             t   out   blocks stride   output at 48 / 96 / 224
//   Conv1             -   32    1      2        24 / 48 / 112
//   expanded_conv     1   16    1      1        24 / 48 / 112
//   block_1 .. 2      6   24    2      2        12 / 24 / 56
//   block_3 .. 5      6   32    3      2        6 / 12 / 28
//   block_6 .. 9      6   64    4      2        3 / 6 / 14
//   block_10 .. 12    6   96    3      1        3 / 6 / 14
//   block_13 .. 15    6   160   3      2        2 / 3 / 7
//   block_16          6   320   1      1        2 / 3 / 7
//   Conv_1            -   1280  1      1        2 / 3 / 7       global average pool, dropout, predictions [classes]
// 2,257,984 trunk values at width 1, 410,208 at 0.35, moving statistics included.
// Reads: classes, size (32 to 1024), width, dropout, seed, and
//   trainable      "all"; "head": the trunk is frozen; "block_N": from block N on (0: expanded_conv), Conv_1 and the
//   head norm_mode      "training", or "inference": the trunk's norms use the moving statistics while it trains. Frozen
//                  norms always do.
//   norm_momentum  of the moving statistics; 0.999 moves too slowly for a run of a few hundred steps
//   unstrided      the first so many of the five stride-2 layers get stride 1: 48 pixels keep a larger last map
// Input: one channel, replicated to three here; pixel / 127.5 - 1.
#include <optional>
#include <vector>

#include "nn/models/parts.h"
#include "nn/models/trainable.h"

namespace mueca {
namespace {

class MobilenetV2 : public Model {
 public:
  MobilenetV2(const ModelConfig& c, Device device) : Model(c, device), unstrided_(c.unstrided) {
    constexpr int kLastBlock = 16;
    check(c.variant.empty(), "mobilenet_v2: has no variants, got ", c.variant);
    check(c.depth == 0, "mobilenet_v2: has no choice of depth, got ", c.depth);
    check(c.size >= 32, "mobilenet_v2: size must be at least 32, got ", c.size);
    check(c.unstrided >= 0 && c.unstrided <= 5, "mobilenet_v2: unstrided must be in [0, 5], got ", c.unstrided);
    check(c.norm_mode == "training" || c.norm_mode == "inference",
          "mobilenet_v2: norm_mode must be training or inference, got ", c.norm_mode);
    input.scale = 1 / 127.5f, input.shift = -1;
    const int first_trainable = first_trainable_block("mobilenet_v2", c.trainable, kLastBlock);
    Maker make{parameters, c.seed};
    make.norm_inference = c.norm_mode == "inference";
    make.norm_epsilon = 1e-3f;
    make.norm_momentum = momentum_or(c, 0.999f);

    make.trainable = c.trainable == "all";
    int channels = make_divisible(32 * c.width);
    const int stem_stride = next_stride(2);
    stem_ = {make.conv("Conv1", 3, channels, 3, stem_stride, pad_for(stem_stride)), make.norm("bn_Conv1", channels)};
    struct Row {
      int expansion, out, count, stride;
    };
    for (const Row row : {Row{1, 16, 1, 1}, Row{6, 24, 2, 2}, Row{6, 32, 3, 2}, Row{6, 64, 4, 2}, Row{6, 96, 3, 1},
                          Row{6, 160, 3, 2}, Row{6, 320, 1, 1}}) {
      for (int i = 0; i < row.count; ++i) {
        const int number = static_cast<int>(blocks_.size()),
                  out = make_divisible(static_cast<float>(row.out) * c.width);
        make.trainable = number >= first_trainable;
        blocks_.push_back(make_block(make, number, channels, out, row.expansion, i == 0 ? row.stride : 1));
        channels = out;
      }
    }
    make.trainable = c.trainable != "head";
    const int last = c.width > 1 ? make_divisible(1280 * c.width) : 1280;
    last_ = {make.conv("Conv_1", channels, last, 1), make.norm("Conv_1_bn", last)};
    make.trainable = true;
    classifier_ = classifier(make, c, last);
  }

  Tensor layers(const Tensor& x, const Context& context) override {
    check_input(*this, x);
    Tensor y = stem_(concat({x, x, x}), context, Activation::relu6);
    context.show("Conv1_relu", y);
    for (const Block& block : blocks_) y = run(block, y, context);
    y = last_(y, context, Activation::relu6);
    context.show("out_relu", y);
    return classifier_(global_avg_pool(y), context);
  }

 private:
  struct Block {
    std::string name;  // Keras' prefix: "expanded_conv_", "block_1_" ...
    std::optional<ConvNorm> expand;
    DepthwiseNorm depthwise;
    ConvNorm project;
    bool residual = false;
  };

  int next_stride(int stride) { return stride == 2 && unstrided_-- > 0 ? 1 : stride; }

  static Pad pad_for(int stride) { return stride == 2 ? Pad::keras_stride2 : Pad::same; }

  // The sum stays where Keras has it: a layer whose stride was taken away gets none.
  Block make_block(Maker& make, int number, int in, int out, int expansion, int keras_stride) {
    Block block;
    block.name = number == 0 ? "expanded_conv_" : str("block_", number, "_");
    const int hidden = in * expansion, stride = next_stride(keras_stride);
    if (expansion > 1) {
      const Conv conv = make.conv(block.name + "expand", in, hidden, 1);
      block.expand = {conv, make.norm(block.name + "expand_BN", hidden)};
    }
    block.depthwise.conv = make.depthwise(block.name + "depthwise", hidden, 3, stride, pad_for(stride));
    block.depthwise.norm = make.norm(block.name + "depthwise_BN", hidden);
    block.project.conv = make.conv(block.name + "project", hidden, out, 1);
    block.project.norm = make.norm(block.name + "project_BN", out);
    block.residual = in == out && keras_stride == 1;
    return block;
  }

  static Tensor run(const Block& block, const Tensor& x, const Context& context) {
    Tensor y = x;
    if (block.expand) {
      y = (*block.expand)(y, context, Activation::relu6);
      context.show(block.name + "expand_relu", y);
    }
    y = block.depthwise(y, context, Activation::relu6);
    context.show(block.name + "depthwise_relu", y);
    y = block.project(y, context, Activation::none, block.residual ? x : Tensor());
    context.show(block.name + (block.residual ? "add" : "project_BN"), y);
    return y;
  }

  int unstrided_;  // stride-2 layers still to be made with stride 1, while building
  ConvNorm stem_;
  std::vector<Block> blocks_;
  ConvNorm last_;
  Classifier classifier_;
};

}  // namespace

std::unique_ptr<Model> make_mobilenet_v2(const ModelConfig& config, Device device) {
  return std::make_unique<MobilenetV2>(config, device);
}

}  // namespace mueca
