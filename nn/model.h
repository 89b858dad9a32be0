// A model: its configuration, what its input looks like, its parameters, and one function from images to logits.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "nn/context.h"
#include "nn/fields.h"
#include "nn/parameter.h"

namespace mueca {

// Everything that decides a model's layers and initial values; each model file says which fields it reads.
struct ModelConfig {
  std::string name = "baseline_cnn";  // see nn/registry.h
  std::string variant = {};           // baseline_cnn, se_cnn: "flat", "gap"; vgg: "norm", "keras"; empty: the first
  int classes = 7;
  int size = 48;                  // pixels, height and width
  float width = 1;                // factor on the number of channels; se_resnet: 1 is base width 64
  int depth = 0;                  // vgg: 11, 13, 16, 19; se_resnet: 10, 18, 34; 0: the model's default
  bool se = true;                 // se_cnn, se_resnet: squeeze-and-excitation; the rest stays the same without
  float dropout = 0.5f;           // rate in front of the classifier
  std::string trainable = "all";  // mobilenet_v2, vgg: "all", "head", or "block_N": from block N on
  std::string norm_mode =
      "training";           // mobilenet_v2's trunk: "training" (batch statistics) or "inference" (moving ones)
  float norm_momentum = 0;  // of the moving statistics; 0: the model's default
  int unstrided = 0;        // mobilenet_v2: so many of the first stride-2 layers get stride 1
  int frames = 0;           // cnn_gru: of each clip in training and evaluation; 0: the model's default
  int hidden = 0;           // cnn_gru: units that remember; 0: the model's default
  std::uint64_t seed = 1;   // of the initial values
};

template <class F>
void visit_fields(ModelConfig& c, F&& f) {
  f("name", c.name), f("variant", c.variant), f("classes", c.classes), f("size", c.size), f("width", c.width);
  f("depth", c.depth), f("se", c.se), f("dropout", c.dropout), f("trainable", c.trainable);
  f("norm_mode", c.norm_mode), f("norm_momentum", c.norm_momentum), f("unstrided", c.unstrided);
  f("frames", c.frames), f("hidden", c.hidden), f("seed", c.seed);
}

// What forward() wants: [N, size, size, channels] of pixel * scale + shift, pixel in [0, 255]; a sequence model
// (frames > 1) wants clips [N, frames, size, size, channels], and takes single frames too.
struct InputSpec {
  int size = 48, channels = 1, frames = 1;
  float scale = 1.0f / 64, shift = -127.5f / 64;  // FER2013's mean is 129, its deviation 65
  float crop =
      1;  // share of an image's sides, about its centre, that fills the input: 44/48 when trained on such crops
};

// What a softmax may be believed: fitted on images that the network was not trained on.
struct Calibration {
  float temperature = 1;   // probabilities are softmax(logits / temperature) (Guo et al. 2017)
  float threshold = 0;     // an answer whose probability is below is "uncertain"
  std::string split = {};  // where both were fitted; empty: never
};

class Model {
 public:
  Model(const ModelConfig& config_, Device device) : config(config_), parameters(device) { input.size = config.size; }
  virtual ~Model() = default;

  // x [N, size, size, channels] -> logits [N, classes], both float32. Throws Error on another shape.
  Tensor forward(const Tensor& x, const Context& context);
  virtual Index memory_size() const { return 0; }  // H of context.memory [N, H]; 0: what was seen before is forgotten

  const ModelConfig config;
  InputSpec input;
  Calibration calibration;
  ParameterSet parameters;

 protected:
  // forward() of activations as the device stores them (core/precision.h).
  virtual Tensor layers(const Tensor& x, const Context& context) = 0;
};

}  // namespace mueca
