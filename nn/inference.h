// A network as it answers. Each convolution takes in the batch-norm behind it,
//   gamma (conv(x, w) - mean) / sd + beta = conv(x, w gamma / sd) + (beta - mean gamma / sd),
// which in real numbers is the same; products and sums are formed in double and rounded to float once, so that logits
// agree with the model's to rounding. Activation and residual sum become part of the convolution's kernel, and the
// filters are packed once. Training never sees any of it.
#pragma once
#include <unordered_map>

#include "nn/model.h"
#include "nn/models/parts.h"

namespace mueca {

// The folded layers of one model, each made when its layer is first met.
class FoldedLayers {
 public:
  Tensor run(const ConvNorm& layer, const Tensor& x, Activation activation, const Tensor& residual);
  Tensor run(const DepthwiseNorm& layer, const Tensor& x, Activation activation);

 private:
  struct Folded {
    Tensor w, b, packed;  // [R, S, C, K] or [R, S, C]; [K], absent where nothing is added; see conv2d_pack
  };
  std::unordered_map<const Parameter*, Folded> layers_;  // by the layer's kernel
};

// Folds a loaded model once; its weights must stay as they are for as long as the form lives, and so must the model.
class InferenceForm {
 public:
  explicit InferenceForm(Model& model);
  const Model& model() const { return model_; }
  // As Model::forward in inference mode; nothing is recorded. `memory`: see Context.
  Tensor forward(const Tensor& x, const Tensor& memory = {});

 private:
  Model& model_;
  FoldedLayers layers_;
};

}  // namespace mueca
