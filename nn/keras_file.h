// The two layouts of Keras' weight files as one list of layers, and a model's parameters seen the same way.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/files/hdf5.h"
#include "nn/keras.h"

namespace mueca {

enum class KerasKind { conv, depthwise, dense, norm, recurrent, other };

struct KerasWeight {
  std::string role;     // "kernel", "bias", "gamma", ... ; "" when neither name nor place tells
  std::string dataset;  // path in the file
  Shape shape;          // as stored: depthwise kernels are [R, R, C, 1]
};

struct KerasLayer {
  std::string name;
  KerasKind kind = KerasKind::other;
  std::vector<KerasWeight> weights;
  const KerasWeight* find(std::string_view role) const;
};

struct KerasContents {
  KerasLayout layout = KerasLayout::legacy;
  std::vector<KerasLayer> layers;  // with weights only; in Keras' order within each kind
};
KerasContents read_keras_contents(const Hdf5File& file);

// The layers of a model in order of creation.
struct ModelLayer {
  std::string name;
  KerasKind kind = KerasKind::other;
  std::vector<const Parameter*> parameters;
  bool head = false;  // one of the dense or recurrent layers at the end
};
std::vector<ModelLayer> layers_of(const Model& model);
std::string role_of(const Parameter& parameter);  // "conv1/kernel" -> "kernel"
Shape keras_shape_of(const Parameter& parameter);

}  // namespace mueca
