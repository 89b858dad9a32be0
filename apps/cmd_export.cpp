// mueca export: a checkpoint's weights as an HDF5 file that Keras loads.
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

int run_export(const ExportFlags& flags) {
  const auto model = load_model(flags.checkpoint);
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
  std::cout << flags.out << ": " << model->config.name << ", " << model->parameters.size() << " tensors, "
            << model->parameters.value_count() << " values\n";
  return kExitOk;
}

}  // namespace

Action declare_export(CLI::App& app) {
  auto flags = std::make_shared<ExportFlags>();
  app.add_option("--checkpoint", flags->checkpoint,
                 "Checkpoint of a run (checkpoints/best.h5); averaged weights if any")
      ->required();
  app.add_option("--out", flags->out, "File to write")->required();
  app.add_option("--layout", flags->layout, "legacy: x.h5 of every Keras; keras3: x.weights.h5 of Keras 3")
      ->check(CLI::IsMember({"legacy", "keras3"}))
      ->capture_default_str();
  return [flags] { return run_export(*flags); };
}

}  // namespace mueca
