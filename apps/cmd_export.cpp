// mueca export: a checkpoint's network for other programs: ONNX, weights that Keras loads, or a small checkpoint.
#include <CLI/CLI.hpp>
#include <cmath>
#include <iostream>
#include <memory>

#include "apps/command.h"
#include "data/pack.h"
#include "nn/checkpoint.h"
#include "nn/keras.h"
#include "nn/onnx.h"

namespace mueca {
namespace {

struct ExportFlags {
  std::string checkpoint, out, layout;
  bool onnx = false, probabilities = false;
};

// Other programs tell formats by the file's name; so do we.
std::string layout_of(const std::string& file) {
  if (file.ends_with(".onnx")) return "onnx";
  return file.ends_with(".weights.h5") ? "keras3" : "legacy";
}

void check_layout(const ExportFlags& flags, const std::string& layout) {
  const std::string named = layout_of(flags.out);
  if (named == layout || (layout == "checkpoint" && named == "legacy")) return;
  if (layout == "onnx") throw UsageError("--out: an ONNX file is named *.onnx, got " + flags.out);
  if (layout == "keras3") throw UsageError("--out: Keras reads the keras3 layout from *.weights.h5 only");
  throw UsageError(
      str("--out: ", flags.out, " is a name of the layout ", named, "; give another, or --layout ", named));
}

std::string scaling_text(const InputSpec& in) {
  return str("pixel * ", field_text(in.scale), in.shift < 0 ? " - " : " + ", field_text(std::abs(in.shift)));
}

// What the file does not hold, so that nobody has to find out.
void report_left_out(const Model& model) {
  const Calibration& c = model.calibration;
  std::cout << "  not in it: the input's scaling (" << scaling_text(model.input) << "), its crop (" << model.input.crop
            << "), the temperature of the probabilities (" << c.temperature << "), the threshold (" << c.threshold
            << ") and the class names\n";
}

void report_contract(const Model& model, const OnnxOptions& options) {
  const InputSpec& in = model.input;
  std::cout << "  input image [N, " << in.channels << ", " << in.size << ", " << in.size << "]: gray "
            << scaling_text(in);
  if (in.crop < 1) std::cout << ", of the middle " << in.crop << " of the face's picture";
  std::cout << "\n  output " << (options.probabilities ? "probabilities" : "logits") << " [N, " << model.config.classes
            << "]:";
  for (const std::string& name : options.class_names) std::cout << " " << name;
  if (!options.probabilities)
    std::cout << "; probabilities are softmax(logits / " << model.calibration.temperature << ")";
  std::cout << "\n";
  if (model.memory_size() > 0)
    std::cout << "  one frame at a time: input memory [N, " << model.memory_size()
              << "], zeros at first, then the output next_memory of the frame before\n";
}

int run_export(ExportFlags flags) {
  if (flags.onnx) flags.layout = "onnx";
  const std::string layout = flags.layout.empty() ? layout_of(flags.out) : flags.layout;
  check_layout(flags, layout);
  if (flags.probabilities && layout != "onnx") throw UsageError("--probabilities: only ONNX holds more than weights");
  const auto model = load_model(flags.checkpoint);
  const CheckpointNotes notes = read_checkpoint_notes(flags.checkpoint);
  OnnxOptions options{flags.probabilities, notes.class_names};
  if (options.class_names.empty() && model->config.classes == static_cast<int>(emotion_names().size()))
    options.class_names = emotion_names();
  if (layout == "onnx")
    save_onnx(*model, flags.out, options);
  else if (layout == "checkpoint")
    save_checkpoint(flags.out, *model, nullptr, nullptr, notes);
  else
    save_keras_weights(*model, flags.out, layout == "legacy" ? KerasLayout::legacy : KerasLayout::keras3);
  std::cout << flags.out << ": " << model->config.name << " as " << layout << ", " << model->parameters.size()
            << " tensors, " << model->parameters.value_count() << " values\n";
  if (layout == "onnx") report_contract(*model, options);
  if (layout == "legacy" || layout == "keras3") report_left_out(*model);
  return kExitOk;
}

}  // namespace

Action declare_export(CLI::App& app) {
  auto flags = std::make_shared<ExportFlags>();
  app.add_option("--checkpoint", flags->checkpoint,
                 "Checkpoint of a run (checkpoints/best.h5); averaged weights if any")
      ->required();
  app.add_option("--out", flags->out, "File to write: x.onnx, x.h5 or x.weights.h5")->required();
  auto* layout = app.add_option("--layout", flags->layout,
                                "onnx: the whole network, for any runtime; legacy: x.h5 of every Keras; keras3: "
                                "x.weights.h5 of Keras 3; checkpoint: for mueca, without the optimizer's state; "
                                "default: as --out is named")
                     ->check(CLI::IsMember({"onnx", "legacy", "keras3", "checkpoint"}));
  app.add_flag("--onnx", flags->onnx, "Short for --layout onnx")->excludes(layout);
  app.add_flag("--probabilities", flags->probabilities,
               "ONNX: ends with softmax(logits / temperature), the temperature being the checkpoint's");
  return [flags] { return run_export(*flags); };
}

}  // namespace mueca
