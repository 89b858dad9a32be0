// linear: multinomial logistic regression on the pixels, the baseline that every network must beat.
//   flatten [size * size] -> predictions [classes]; 16 135 parameters at size 48
// Reads: classes, size, seed; dropout acts on the pixels (0 is the usual choice).
// Input: one channel, (pixel - 127.5) / 64, about mean 0 and deviation 1 on FER2013.
#include "core/ops.h"
#include "nn/models/parts.h"

namespace mueca {
namespace {

class Linear : public Model {
 public:
  Linear(const ModelConfig& c, Device device) : Model(c, device) {
    check(c.variant.empty(), "linear: has no variants, got ", c.variant);
    check(c.depth == 0, "linear: has no choice of depth, got ", c.depth);
    check(c.trainable == "all", "linear: trainable must be all, got ", c.trainable);
    Maker make{parameters, c.seed};
    classifier_ = classifier(make, c, c.size * c.size * input.channels);
  }

  Tensor layers(const Tensor& x, const Context& context) override {
    check_input(*this, x);
    Tensor pixels = x;
    context.show("pixels", pixels);  // the one map that Grad-CAM can ask for
    return classifier_(flatten(pixels), context);
  }

 private:
  Classifier classifier_;
};

}  // namespace

std::unique_ptr<Model> make_linear(const ModelConfig& config, Device device) {
  return std::make_unique<Linear>(config, device);
}

}  // namespace mueca
