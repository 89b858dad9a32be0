#include "nn/onnx_graph.h"

#include <bit>
#include <map>

#include "core/error.h"

namespace mueca {
namespace {

constexpr int kFloat = 1;  // TensorProto.DataType
constexpr std::int64_t kMostBytes = (std::int64_t{1} << 31) - 1;

ProtoMessage attribute_message(const char* name, const OnnxAttribute& attribute) {
  enum Type { kFloatType = 1, kIntType = 2, kStringType = 3, kIntsType = 7 };
  ProtoMessage message;
  message.text(1, name);
  if (const auto* i = std::get_if<std::int64_t>(&attribute)) return message.integer(3, *i).integer(20, kIntType);
  if (const auto* f = std::get_if<float>(&attribute)) return message.real(2, *f).integer(20, kFloatType);
  if (const auto* s = std::get_if<std::string>(&attribute)) return message.text(4, *s).integer(20, kStringType);
  for (const std::int64_t i : std::get<std::vector<std::int64_t>>(attribute)) message.integer(8, i);
  return message.integer(20, kIntsType);
}

ProtoMessage port_message(const OnnxGraph::Port& port, bool batch_is_named) {
  const ProtoMessage batch = batch_is_named ? ProtoMessage().text(2, "N") : ProtoMessage();
  ProtoMessage shape;
  for (const std::int64_t d : port.dimensions) shape.message(1, d < 0 ? batch : ProtoMessage().integer(1, d));
  const ProtoMessage tensor = ProtoMessage().integer(1, kFloat).message(2, shape);
  return ProtoMessage().text(1, port.name).message(2, ProtoMessage().message(1, tensor));
}

}  // namespace

OnnxGraph::OnnxGraph(std::vector<Port> inputs, std::vector<Port> outputs)
    : inputs_(std::move(inputs)), outputs_(std::move(outputs)) {
  for (const auto* ports : {&inputs_, &outputs_})
    for (const Port& port : *ports) names_.insert(port.name);
}

std::string OnnxGraph::free_name(const std::string& name) {
  std::string free = name;
  for (int n = 2; !names_.insert(free).second; ++n) free = str(name, "_", n);
  return free;
}

std::string OnnxGraph::node(const std::string& name, const char* type, std::vector<std::string> inputs,
                            OnnxAttributes attributes) {
  nodes_.push_back({{free_name(name)}, type, std::move(inputs), std::move(attributes)});
  return nodes_.back().outputs[0];
}

std::vector<std::string> OnnxGraph::split(const std::string& name, const std::string& x, std::int64_t axis,
                                          const std::vector<std::int64_t>& sizes) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < sizes.size(); ++i) parts.push_back(free_name(str(name, "_", i)));
  nodes_.push_back({parts, "Split", {x}, {{"axis", axis}, {"split", sizes}}});
  return parts;
}

std::string OnnxGraph::constant(const std::string& name, const std::vector<std::int64_t>& dimensions,
                                const std::vector<float>& values) {
  static_assert(std::endian::native == std::endian::little, "raw_data is little-endian");
  const std::string free = free_name(name);
  ProtoMessage tensor;
  for (const std::int64_t d : dimensions) tensor.integer(1, d);
  tensor.integer(2, kFloat).text(8, free);
  tensor.text(9, {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)});
  constants_.push_back(std::move(tensor));
  return free;
}

std::string OnnxGraph::model(const std::vector<std::string>& results, int opset,
                             const std::vector<std::pair<std::string, std::string>>& notes) const {
  std::map<std::string, std::string> outside;
  for (std::size_t i = 0; i < results.size(); ++i) outside[results[i]] = outputs_.at(i).name;
  const auto called = [&](const std::string& name) { return outside.contains(name) ? outside.at(name) : name; };
  std::size_t size = 0;
  for (const ProtoMessage& constant : constants_) size += constant.bytes().size();
  check(size < static_cast<std::size_t>(kMostBytes) - (std::size_t{1} << 24), "the weights take ", size >> 20,
        " MiB, and an ONNX file holds at most 2 GiB");
  ProtoMessage graph;
  for (const Node& node : nodes_) {
    ProtoMessage message;
    for (const std::string& name : node.inputs) message.text(1, called(name));
    for (const std::string& name : node.outputs) message.text(2, called(name));
    message.text(3, node.outputs[0]).text(4, node.type);
    for (const auto& [name, value] : node.attributes) message.message(5, attribute_message(name, value));
    graph.message(1, message);
  }
  graph.text(2, "mueca");
  for (const ProtoMessage& constant : constants_) graph.message(5, constant);
  // OpenCV 4.6 reads an image's named batch as 1 but that of an input with two axes as 0, and then finds that values of
  // the two differ in shape. Without a name it is 1 in both.
  for (const Port& port : inputs_) graph.message(11, port_message(port, port.dimensions.size() > 2));
  for (const Port& port : outputs_) graph.message(12, port_message(port, true));

  constexpr int kIrVersion = 5;  // of opset 10 and 11; from 4 on, constants need not be listed as inputs
  ProtoMessage model;
  model.integer(1, kIrVersion).text(2, "mueca").message(7, graph);
  model.message(8, ProtoMessage().text(1, "").integer(2, opset));
  for (const auto& [key, value] : notes) model.message(14, ProtoMessage().text(1, key).text(2, value));
  return model.bytes();
}

}  // namespace mueca
