// Plain 3x3 convolutions in stages, with or without squeeze-and-excitation: baseline_cnn and se_cnn.
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "nn/models/parts.h"

namespace mueca {

class PlainCnn : public Model {
 public:
  PlainCnn(const ModelConfig& config, Device device, bool se);
  Tensor forward(const Tensor& x, const Context& context) override;

 private:
  struct Stage {
    std::string name;
    std::vector<ConvNorm> units;
    std::optional<SqueezeExcite> se;
  };
  bool flat_ = true;  // variant
  std::vector<Stage> stages_;
  std::optional<Dense> hidden_;  // variant flat
  Classifier classifier_;
};

}  // namespace mueca
