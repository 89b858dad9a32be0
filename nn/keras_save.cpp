#include <map>

#include "core/files/atomic_file.h"
#include "nn/keras_file.h"

namespace mueca {
namespace {

// Keras 3 numbers the layers of each class in the order of model.layers: conv2d, conv2d_1, ...
const char* class_of(KerasKind kind) {
  switch (kind) {
    case KerasKind::conv:
      return "conv2d";
    case KerasKind::depthwise:
      return "depthwise_conv2d";
    case KerasKind::dense:
      return "dense";
    case KerasKind::norm:
      return "batch_normalization";
    case KerasKind::recurrent:
      return "gru";
    case KerasKind::other:
      break;
  }
  throw Error("keras: a layer is of a kind that Keras does not have");
}

void write_weight(Hdf5File& file, const std::string& dataset, const Parameter& parameter) {
  file.write<float>(dataset, keras_shape_of(parameter), parameter.value.to_vector());
}

void write_legacy(Hdf5File& file, const std::vector<ModelLayer>& layers) {
  std::vector<std::string> names;
  for (const auto& layer : layers) names.push_back(layer.name);
  file.write_text("/", "backend", "tensorflow");    // Keras reads these two to know the layout of kernels:
  file.write_text("/", "keras_version", "2.15.0");  // channels last, as every Keras since 2.0
  file.write_texts("/", "layer_names", names);
  for (const auto& layer : layers) {
    std::vector<std::string> weights;
    for (const Parameter* parameter : layer.parameters) {
      weights.push_back(parameter->name + ":0");
      write_weight(file, layer.name + "/" + weights.back(), *parameter);
    }
    file.write_texts(layer.name, "weight_names", weights);
  }
}

void write_keras3(Hdf5File& file, const std::vector<ModelLayer>& layers) {
  file.make_group("vars");  // the model's own weights: none, but Keras 3.0 wants the group
  std::map<KerasKind, int> count;
  for (const auto& layer : layers) {
    const int number = count[layer.kind]++;
    const std::string place =
        str("layers/", class_of(layer.kind), number ? "_" : "", number ? std::to_string(number) : "");
    const std::string vars = place + (layer.kind == KerasKind::recurrent ? "/cell/vars" : "/vars");
    for (std::size_t i = 0; i < layer.parameters.size(); ++i)
      write_weight(file, vars + "/" + std::to_string(i), *layer.parameters[i]);
    if (layer.kind == KerasKind::recurrent) file.make_group(place + "/vars");
    file.write_text(place + "/vars", "name", layer.name);
  }
}

}  // namespace

void save_keras_weights(const Model& model, const std::filesystem::path& path, KerasLayout layout) {
  AtomicFile target(path);
  auto file = Hdf5File::create(target.temporary());
  layout == KerasLayout::legacy ? write_legacy(file, layers_of(model)) : write_keras3(file, layers_of(model));
  file.close();
  target.commit();
}

}  // namespace mueca
