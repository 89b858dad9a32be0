// mueca export: a checkpoint's weights alone, as an HDF5 file that Keras loads or as a small checkpoint.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "apps/command.h"
#include "nn/checkpoint.h"
#include "nn/keras.h"

namespace mueca {
namespace {

struct ExportFlags {
  std::string checkpoint, out, layout = "legacy";
};

int report(const Model& model, const std::string& path) {
  std::cout << path << ": " << model.config.name << ", " << model.parameters.size() << " tensors, "
            << model.parameters.value_count() << " values\n";
  return kExitOk;
}

int run_export(const ExportFlags& flags) {
  const auto model = load_model(flags.checkpoint);
  if (flags.layout == "checkpoint") {
    save_checkpoint(flags.out, *model, nullptr, nullptr, read_checkpoint_notes(flags.checkpoint));
    return report(*model, flags.out);
  }
  const bool legacy = flags.layout == "legacy";
  // Keras decides by the name which reader it takes.
  const std::string ending = ".weights.h5";
  const bool named_keras3 = flags.out.size() > ending.size() &&
                            flags.out.compare(flags.out.size() - ending.size(), ending.size(), ending) == 0;
  if (legacy == named_keras3)
    throw UsageError(legacy
                         ? "--out: Keras reads *.weights.h5 in the keras3 layout; give another name or --layout keras3"
                         : "--out: Keras reads the keras3 layout from *.weights.h5 only");
  save_keras_weights(*model, flags.out, legacy ? KerasLayout::legacy : KerasLayout::keras3);
  return report(*model, flags.out);
}

}  // namespace

Action declare_export(CLI::App& app) {
  auto flags = std::make_shared<ExportFlags>();
  app.add_option("--checkpoint", flags->checkpoint,
                 "Checkpoint of a run (checkpoints/best.h5); averaged weights if any")
      ->required();
  app.add_option("--out", flags->out, "File to write")->required();
  app.add_option(
         "--layout", flags->layout,
         "legacy: x.h5 of every Keras; keras3: x.weights.h5 of Keras 3; checkpoint: for mueca evaluate, without "
         "the optimizer's state")
      ->check(CLI::IsMember({"legacy", "keras3", "checkpoint"}))
      ->capture_default_str();
  return [flags] { return run_export(*flags); };
}

}  // namespace mueca
