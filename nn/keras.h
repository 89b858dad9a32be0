// Weights in Keras' HDF5 files, read and written. A model's parameters carry Keras' names, so most files match by name.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "nn/model.h"

namespace mueca {

// legacy: `layer_names` and `weight_names` attributes, Keras 1 to 3 `model.save_weights("x.h5")`, and within the group
// model_weights of a whole `model.save("x.h5")` (its model_config is never looked at).
// keras3: layers/<class>_<number>/vars/<number>, Keras 3 `model.save_weights("x.weights.h5")`.
enum class KerasLayout { legacy, keras3 };

struct KerasLoadOptions {
  bool allow_other_head = true;  // the last dense layers may be missing or of another shape: they keep their values
  bool strict = false;           // nothing in the file may be left over
};

struct KerasReport {
  KerasLayout layout = KerasLayout::legacy;
  std::vector<std::string> matched;  // parameters that were loaded
  std::vector<std::string> missing;  // parameters of the head that were not
  std::vector<std::string> skipped;  // weights of the file that no parameter took
  Index values = 0;                  // numbers loaded
};

// Loads by layer name; when no name at all matches, by order within each kind of layer (convolution, depthwise, dense,
// batch-norm), so that automatic names do not matter. Either everything is loaded or, after an Error, nothing.
KerasReport load_keras_weights(Model& model, const std::filesystem::path& path, const KerasLoadOptions& options = {});

// Writes what `load_weights` of the same network in Keras reads. Atomic.
void save_keras_weights(const Model& model, const std::filesystem::path& path, KerasLayout layout);

}  // namespace mueca
