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
  Trace trace;
  const Tensor logits = model.forward(x, Context{});
  OnnxGraph graph({{"image", {-1, in.channels, in.size, in.size}}},
                  {{options.probabilities ? "probabilities" : "logits", {-1, model.config.classes}}});
  OnnxLowering lowering(graph, model.parameters, trace);
  lowering.input(x, "image");
  std::string result = lowering.run(logits);
  if (options.probabilities) {
    const std::string inverse = graph.constant("inverse_temperature", {}, {1 / model.calibration.temperature});
    result =
        graph.node("softmax", "Softmax", {graph.node("scaled", "Mul", {result, inverse})}, {{"axis", std::int64_t{1}}});
  }
  return graph.model({result}, lowering.opset(), notes_of(model, options));
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
