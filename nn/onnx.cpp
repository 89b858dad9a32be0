#include "nn/onnx.h"

#include "core/autograd.h"
#include "core/files/atomic_file.h"
#include "nn/onnx_lowering.h"

namespace mueca {
namespace {

std::vector<std::pair<std::string, std::string>> notes_of(const Model& model, const OnnxOptions& options) {
  std::vector<std::pair<std::string, std::string>> notes;
  for (const auto& [key, value] : to_pairs(model.config)) notes.emplace_back("model." + key, value);
  notes.emplace_back("input.layout", "NCHW");
  notes.emplace_back("input.scale", field_text(model.input.scale));
  notes.emplace_back("input.shift", field_text(model.input.shift));
  notes.emplace_back("input.crop", field_text(model.input.crop));
  notes.emplace_back("output.temperature", field_text(model.calibration.temperature));
  notes.emplace_back("output.threshold", field_text(model.calibration.threshold));
  notes.emplace_back("output.calibrated_on", model.calibration.split);
  std::string names;
  for (const std::string& name : options.class_names) names += (names.empty() ? "" : "\n") + name;
  notes.emplace_back("class_names", names);
  return notes;
}

}  // namespace

std::string onnx_model(Model& model, const OnnxOptions& options) {
  const NoGrad no_grad;
  const InputSpec& in = model.input;
  const Tensor x = Tensor::full({1, in.size, in.size, in.channels}, 0);
  const Index units = model.memory_size();
  Context context;
  std::vector<OnnxGraph::Port> inputs{{"image", {-1, in.channels, in.size, in.size}}};
  std::vector<OnnxGraph::Port> outputs{
      {options.probabilities ? "probabilities" : "logits", {-1, model.config.classes}}};
  if (units > 0) {  // one frame at a time
    context.memory = Tensor::full({1, units}, 0);
    inputs.push_back({"memory", {-1, units}}), outputs.push_back({"next_memory", {-1, units}});
  }
  Trace trace;
  const Tensor logits = model.forward(x, context);
  OnnxGraph graph(inputs, outputs);
  OnnxLowering lowering(graph, model.parameters, trace);
  lowering.input(x, "image");
  if (units > 0) lowering.input(context.memory, "memory");
  std::string result = lowering.run(logits);
  if (options.probabilities) {
    const std::string inverse = graph.constant("inverse_temperature", {}, {1 / model.calibration.temperature});
    result =
        graph.node("softmax", "Softmax", {graph.node("scaled", "Mul", {result, inverse})}, {{"axis", std::int64_t{1}}});
  }
  std::vector<std::string> results{result};
  // A node of its own, so that it ends the graph: OpenCV lists only such values as outputs.
  if (units > 0) results.push_back(graph.node("memory/Identity", "Identity", {lowering.memory()}));
  return graph.model(results, lowering.opset(), notes_of(model, options));
}

void save_onnx(Model& model, const std::filesystem::path& path, const OnnxOptions& options) {
  std::string bytes;
  try {
    bytes = onnx_model(model, options);
  } catch (const Error& error) {
    throw Error(str(path.string(), ": not written: ", error.what()));
  }
  write_file_atomically(path, bytes);
}

}  // namespace mueca
