// cnn_gru: a clip's expression. baseline_cnn's variant gap sees each frame, gated recurrent units (Cho et al. 2014, as
// Keras' GRU) remember what the frames so far showed, and the last state is classified.
//
// size 48, width 1, hidden 128: 1.32 M parameters
//   block1 ... block4  as baseline_cnn, variant gap, for every frame   global average pool, features [N, T, 256]
//   gru                256 -> 128, 3 gates                             last state [N, 128], dropout, predictions
// forward() takes clips [N, T, size, size, 1] of any T, or single frames [N, size, size, 1]: clips of one frame. With
// context.memory [N, hidden] it goes on from there and leaves the last state in it, so that frames can come one by one.
// Reads: classes, size, width, dropout, norm_momentum, frames (of a clip while training and evaluating; default 8),
// hidden, seed. Input: one channel, (pixel - 127.5) / 64.
#include "core/ops.h"
#include "nn/models/plain_cnn.h"

namespace mueca {
namespace {

class CnnGru : public Model {
 public:
  CnnGru(const ModelConfig& c, Device device) : Model(c, device), hidden_(c.hidden > 0 ? c.hidden : 128) {
    check(c.variant.empty() || c.variant == "gap", "cnn_gru: variant must be gap, got ", c.variant);
    check(c.depth == 0, "cnn_gru: has no choice of depth, got ", c.depth);
    check(c.trainable == "all", "cnn_gru: trainable must be all, got ", c.trainable);
    input.frames = c.frames > 0 ? c.frames : 8;
    Maker make{parameters, c.seed};
    make.norm_momentum = momentum_or(c, 0.9f);
    trunk_.emplace(make, c, input.channels, gap_plan(), false);
    gru_ = make.gru("gru", trunk_->channels(), hidden_);
    classifier_ = classifier(make, c, hidden_);
  }

  Tensor layers(const Tensor& x, const Context& context) override {
    const bool clips = x.defined() && x.shape().rank() == 5;
    const Index n = clips ? x.extent(0) : 0, t = clips ? x.extent(1) : 1;
    const Tensor frames = clips ? reshape(x, {n * t, x.extent(2), x.extent(3), x.extent(4)}) : x;
    check_input(*this, frames);
    check(t >= 1, "cnn_gru: a clip needs a frame, got ", x.shape());
    const Index items = frames.extent(0) / t;
    const Tensor seen = global_avg_pool((*trunk_)(frames, context, false));  // [N * T, C]
    const Tensor states = gru_(reshape(seen, {items, t, seen.extent(1)}), context.memory);
    const Tensor last = columns(reshape(states, {items, t * hidden_}), (t - 1) * hidden_, hidden_);
    if (context.memory.defined()) context.memory.copy_from(last);
    return classifier_(last, context);
  }

  Index memory_size() const override { return hidden_; }

 private:
  int hidden_;
  std::optional<PlainStages> trunk_;
  Gru gru_;
  Classifier classifier_;
};

}  // namespace

std::unique_ptr<Model> make_cnn_gru(const ModelConfig& config, Device device) {
  return std::make_unique<CnnGru>(config, device);
}

}  // namespace mueca
