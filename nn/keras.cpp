#include "nn/keras.h"

#include <algorithm>
#include <map>
#include <set>

#include "nn/keras_file.h"

namespace mueca {
namespace {

using Pairing = std::map<const ModelLayer*, const KerasLayer*>;

Pairing pair_by_name(const std::vector<ModelLayer>& layers, const KerasContents& contents) {
  std::map<std::string_view, const KerasLayer*> by_name;
  for (const auto& layer : contents.layers) by_name.emplace(layer.name, &layer);
  Pairing pairing;
  for (const auto& layer : layers)
    if (const auto found = by_name.find(layer.name); found != by_name.end()) pairing[&layer] = found->second;
  return pairing;
}

Pairing pair_by_order(const std::vector<ModelLayer>& layers, const KerasContents& contents, const std::string& path) {
  Pairing pairing;
  for (const KerasKind kind : {KerasKind::conv, KerasKind::depthwise, KerasKind::dense, KerasKind::norm, KerasKind::recurrent}) {
    std::vector<const KerasLayer*> from;
    for (const auto& layer : contents.layers)
      if (layer.kind == kind) from.push_back(&layer);
    std::size_t next = 0, wanted = 0;
    for (const auto& layer : layers) {
      if (layer.kind != kind) continue;
      if (!layer.head) ++wanted;
      if (next < from.size()) pairing[&layer] = from[next++];
    }
    const char* names[] = {"convolution", "depthwise", "dense", "batch-norm", "recurrent"};
    check(from.size() >= wanted && (from.size() == next || kind == KerasKind::dense || kind == KerasKind::recurrent), path,
          ": no layer has a name of the model's, and by order it holds ", from.size(), " ",
          names[static_cast<int>(kind)], " layers where the model has ", wanted);
  }
  return pairing;
}

// "" when every parameter of the layer finds its weight, else what stands in the way.
std::string obstacle(const ModelLayer& layer, const KerasLayer* from) {
  if (!from) return layer.name + " is missing";
  for (const Parameter* parameter : layer.parameters) {
    const KerasWeight* weight = from->find(role_of(*parameter));
    if (!weight) return parameter->name + " is missing";
    const Shape expected = keras_shape_of(*parameter);
    if (weight->shape != expected)
      return str(weight->dataset, ": expected shape ", expected, " for ", parameter->name, ", got ", weight->shape);
  }
  return "";
}

}  // namespace

KerasReport load_keras_weights(Model& model, const std::filesystem::path& path, const KerasLoadOptions& options) {
  const auto file = Hdf5File::open_read(path);
  const KerasContents contents = read_keras_contents(file);
  const auto layers = layers_of(model);
  Pairing pairing = pair_by_name(layers, contents);
  if (pairing.empty()) pairing = pair_by_order(layers, contents, file.path());

  KerasReport report{contents.layout, {}, {}, {}, 0};
  std::vector<std::pair<std::string, std::vector<float>>> loaded;  // nothing is changed before everything was read
  std::set<const KerasWeight*> used;
  for (const auto& layer : layers) {
    const auto found = pairing.find(&layer);
    const KerasLayer* from = found == pairing.end() ? nullptr : found->second;
    if (const std::string problem = obstacle(layer, from); !problem.empty()) {
      check(layer.head && options.allow_other_head, file.path(), ": ", problem);
      for (const Parameter* parameter : layer.parameters) report.missing.push_back(parameter->name);
      continue;
    }
    for (const Parameter* parameter : layer.parameters) {
      const KerasWeight* weight = from->find(role_of(*parameter));
      std::vector<float> values(static_cast<std::size_t>(parameter->value.size()));
      file.read_finite_into(weight->dataset, weight->shape, values);
      loaded.emplace_back(parameter->name, std::move(values));
      used.insert(weight);
    }
  }
  for (const auto& layer : contents.layers)
    for (const auto& weight : layer.weights)
      if (!used.contains(&weight)) report.skipped.push_back(weight.dataset);
  check(!options.strict || report.skipped.empty(), file.path(), ": ", report.skipped.size(),
        " weights have no place in the model, first ", report.skipped.empty() ? "" : report.skipped[0]);
  check(!loaded.empty(), file.path(), ": nothing in it fits the model");

  for (const auto& [name, values] : loaded) {
    const Parameter* parameter = model.parameters.find(name);
    parameter->value.copy_from(Tensor::from(parameter->value.shape(), values));
    report.matched.push_back(name);
    report.values += static_cast<Index>(values.size());
  }
  return report;
}

}  // namespace mueca
