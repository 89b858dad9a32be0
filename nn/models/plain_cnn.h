// Plain 3x3 convolutions in stages, with or without squeeze-and-excitation: baseline_cnn, se_cnn, cnn_gru's trunk.
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "nn/models/parts.h"

namespace mueca {

// Stages of convolution units, a pooling by 2 behind each. Shows each stage's output in front of its pooling.
class PlainStages {
 public:
  // One stage per entry of `plan`, one unit per number: its channels at width 1.
  PlainStages(Maker& make, const ModelConfig& config, int channels, const std::vector<std::vector<int>>& plan, bool se);
  Tensor operator()(const Tensor& x, const Context& context, bool pool_last) const;
  int channels() const { return channels_; }
  int count() const { return static_cast<int>(stages_.size()); }

 private:
  struct Stage {
    std::string name;
    std::vector<ConvNorm> units;
    std::optional<SqueezeExcite> se;
  };
  std::vector<Stage> stages_;
  int channels_;
};

const std::vector<std::vector<int>>& gap_plan();  // of the variants that end in a global average

class PlainCnn : public Model {
 public:
  PlainCnn(const ModelConfig& config, Device device, bool se);
  Tensor layers(const Tensor& x, const Context& context) override;

 private:
  bool flat_ = true;  // variant
  std::optional<PlainStages> stages_;
  std::optional<Dense> hidden_;  // variant flat
  Classifier classifier_;
};

}  // namespace mueca
