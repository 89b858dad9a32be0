// Where a command's network comes from: a checkpoint of ours, or a named model with Keras weights.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "nn/model.h"

namespace CLI {
class App;
}

namespace mueca {

struct ModelSource {
  std::string checkpoint;             // this, or the others
  std::string model, weights;         // name, Keras HDF5 file
  int size = 0;                       // input pixels; 0: the checkpoint's, or the model's default
  std::vector<std::string> settings;  // key=value of ModelConfig
};

// Declares --checkpoint, --model, --weights, --size and --set; `source` must live as long as `app`.
void declare_model_source(CLI::App& app, ModelSource& source);

// Throws UsageError when the flags do not make one model. Without --set width=..., MobileNetV2 files of any width that
// Keras publishes are recognised by trying. `note` says what was loaded.
std::unique_ptr<Model> open_model(const ModelSource& source, int classes, std::string& note);

}  // namespace mueca
