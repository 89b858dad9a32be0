#include "nn/keras_file.h"

#include <algorithm>
#include <charconv>

namespace mueca {
namespace {

constexpr std::string_view kRoles[] = {"kernel", "depthwise_kernel", "bias",            "gamma",
                                       "beta",   "moving_mean",      "moving_variance", "recurrent_kernel"};
constexpr std::string_view kRecurrentRoles[] = {"kernel", "recurrent_kernel", "bias"};

std::pair<std::string, std::string> split_last(std::string_view path) {
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) return {"", std::string(path)};
  return {std::string(path.substr(0, slash)), std::string(path.substr(slash + 1))};
}

// "kernel:0" -> "kernel"; "" for names without meaning ("block1_conv1_W_1:0" of Keras 1, "0" of Keras 3).
std::string role_in(std::string_view name) {
  name = name.substr(0, name.find(':'));
  return std::find(std::begin(kRoles), std::end(kRoles), name) != std::end(kRoles) ? std::string(name) : "";
}

// Kind from what is there, and roles by place for weights whose names say nothing: Keras' order is fixed.
void complete(KerasLayer& layer, std::string_view group) {
  auto& weights = layer.weights;
  const int rank = weights[0].shape.rank();
  const bool vectors = std::all_of(weights.begin(), weights.end(), [](auto& w) { return w.shape.rank() == 1; });
  if (vectors && weights.size() > 1) {
    layer.kind = KerasKind::norm;
    for (std::size_t i = 0; i < 4 && weights.size() == 4; ++i)
      if (weights[i].role.empty()) weights[i].role = kRoles[3 + i];
    return;
  }
  if (weights.size() == 3 && std::all_of(weights.begin(), weights.end(), [](auto& w) { return w.shape.rank() == 2; })) {
    layer.kind = KerasKind::recurrent;  // a GRU with reset_after: its two biases are a matrix
    for (std::size_t i = 0; i < 3; ++i) weights[i].role = kRecurrentRoles[i];
    return;
  }
  if (weights.size() > 2 || (rank != 2 && rank != 4)) return;
  const Shape& shape = weights[0].shape;
  const bool depthwise = rank == 4 && (weights[0].role == "depthwise_kernel" || group.starts_with("depthwise") ||
                                       (shape[3] == 1 && shape[2] > 1));
  layer.kind = rank == 2 ? KerasKind::dense : depthwise ? KerasKind::depthwise : KerasKind::conv;
  if (depthwise) weights[0].role = "depthwise_kernel";  // Keras 3 says "kernel"
  if (weights[0].role.empty()) weights[0].role = "kernel";
  if (weights.size() == 2 && weights[1].role.empty()) weights[1].role = "bias";
}

// Long lists are cut into names0, names1, ... because an attribute holds 64 KiB.
std::vector<std::string> texts(const Hdf5File& file, const std::string& object, const std::string& name) {
  if (file.has_attribute(object, name)) return file.read_texts(object, name);
  std::vector<std::string> all;
  for (int i = 0; file.has_attribute(object, name + std::to_string(i)); ++i)
    for (auto& text : file.read_texts(object, name + std::to_string(i))) all.push_back(std::move(text));
  return all;
}

std::vector<KerasLayer> read_legacy(const Hdf5File& file, const std::string& root) {
  std::vector<KerasLayer> layers;
  for (const auto& group : texts(file, root, "layer_names")) {
    const std::string place = root + "/" + group;
    check(file.has_group(place), file.path(), ": layer_names lists '", group, "', but there is no such group");
    // A nested model is one group that holds several layers: then the weights' own names tell them apart. Its frozen
    // weights come after all others, so that a layer's need not stand together.
    std::vector<KerasLayer> within;
    for (const auto& weight : texts(file, place, "weight_names")) {
      const auto [prefix, last] = split_last(weight);
      const std::string name = prefix.empty() ? group : split_last(prefix).second;
      auto layer = std::find_if(within.begin(), within.end(), [&](auto& other) { return other.name == name; });
      if (layer == within.end()) layer = within.insert(layer, {name, KerasKind::other, {}});
      layer->weights.push_back({role_in(last), place + "/" + weight, file.shape_of(place + "/" + weight)});
    }
    if (within.size() == 1) within[0].name = group;  // "Conv1_1/kernel:0" in layer "Conv1": the layer's name counts
    for (auto& layer : within) {
      complete(layer, "");
      layers.push_back(std::move(layer));
    }
  }
  return layers;
}

// Numbers at the end compare as numbers: conv2d, conv2d_1, conv2d_2, conv2d_10.
std::pair<std::string, long> natural(const std::string& name) {
  const auto digits = name.find_last_not_of("0123456789") + 1;
  long number = -1;
  std::from_chars(name.data() + digits, name.data() + name.size(), number);
  const bool numbered = digits > 0 && digits < name.size() && name[digits - 1] == '_';
  return numbered ? std::pair(name.substr(0, digits - 1), number) : std::pair(name, -1L);
}

void read_keras3(const Hdf5File& file, const std::string& place, std::vector<KerasLayer>& layers) {
  auto names = file.list(place);
  std::sort(names.begin(), names.end(), [](auto& a, auto& b) { return natural(a) < natural(b); });
  for (const auto& name : names) {
    const std::string inner = place + "/" + name;
    if (!file.has_group(inner) || name == "optimizer" || name == "seed_generator") continue;
    if (name != "vars") {
      read_keras3(file, inner, layers);
      continue;
    }
    const std::string group = split_last(place).second;
    // A recurrent layer keeps its weights in its cell, and its own name beside it.
    const std::string outer = split_last(place).first + "/vars", named = group == "cell" ? outer : inner;
    const bool has_name = file.has_group(named) && file.has_attribute(named, "name");
    KerasLayer layer{has_name ? file.read_text(named, "name") : group, KerasKind::other, {}};
    const auto count = file.list(inner).size();
    for (std::size_t i = 0; i < count; ++i) {
      const std::string dataset = inner + "/" + std::to_string(i);
      layer.weights.push_back({"", dataset, file.shape_of(dataset)});
    }
    if (layer.weights.empty()) continue;
    complete(layer, group);
    layers.push_back(std::move(layer));
  }
}

}  // namespace

const KerasWeight* KerasLayer::find(std::string_view role) const {
  const auto found = std::find_if(weights.begin(), weights.end(), [&](auto& weight) { return weight.role == role; });
  return found == weights.end() ? nullptr : &*found;
}

KerasContents read_keras_contents(const Hdf5File& file) {
  const std::string root = file.has_group("model_weights") ? "model_weights" : "";
  if (file.has_attribute(root, "layer_names") || file.has_attribute(root, "layer_names0"))
    return {KerasLayout::legacy, read_legacy(file, root)};
  KerasContents contents{KerasLayout::keras3, {}};
  read_keras3(file, "", contents.layers);
  check(!contents.layers.empty(), file.path(),
        ": holds no Keras weights: neither layer_names (legacy .h5) nor layers/*/vars (.weights.h5)");
  return contents;
}

std::string role_of(const Parameter& parameter) { return split_last(parameter.name).second; }

Shape keras_shape_of(const Parameter& parameter) {
  const Shape& shape = parameter.value.shape();
  return role_of(parameter) == "depthwise_kernel" ? Shape{shape[0], shape[1], shape[2], 1} : shape;
}

std::vector<ModelLayer> layers_of(const Model& model) {
  std::vector<ModelLayer> layers;
  for (const auto& parameter : model.parameters) {
    const std::string name = split_last(parameter.name).first;
    if (layers.empty() || layers.back().name != name) layers.push_back({name, KerasKind::other, {}, false});
    layers.back().parameters.push_back(&parameter);
  }
  for (auto& layer : layers) {
    const std::string first = role_of(*layer.parameters[0]);
    const int rank = layer.parameters[0]->value.shape().rank();
    if (first == "depthwise_kernel") layer.kind = KerasKind::depthwise;
    if (first == "kernel" && layer.parameters.size() == 3)
      layer.kind = KerasKind::recurrent;
    else if (first == "kernel")
      layer.kind = rank == 4 ? KerasKind::conv : KerasKind::dense;
    if (first == "gamma") layer.kind = KerasKind::norm;
  }
  const auto is_head = [](const ModelLayer& l) { return l.kind == KerasKind::dense || l.kind == KerasKind::recurrent; };
  for (auto layer = layers.rbegin(); layer != layers.rend() && is_head(*layer); ++layer) layer->head = true;
  return layers;
}

}  // namespace mueca
