#include "apps/model_source.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "apps/command.h"
#include "apps/compute.h"
#include "nn/checkpoint.h"
#include "nn/keras.h"
#include "nn/registry.h"

namespace mueca {
namespace {

constexpr float kPublishedWidths[] = {1.0f, 0.35f, 0.5f, 0.75f, 1.3f, 1.4f};  // keras.applications.MobileNetV2

Pairs pairs_of(const ModelSource& source, int classes) {
  Pairs pairs{{"name", source.model}, {"classes", str(classes)}};
  if (source.size > 0) pairs.emplace_back("size", str(source.size));
  for (const auto& text : source.settings) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) throw UsageError("--set: expected key=value, got \"" + text + "\"");
    pairs.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return pairs;
}

std::unique_ptr<Model> load_with(ModelConfig config, const ModelSource& source, std::string& note) {
  auto model = make_model(config, compute_device());
  const KerasReport report = load_keras_weights(*model, source.weights);
  note = str(source.model, " of width ", field_text(config.width), ": ", report.matched.size(), " of ",
             model->parameters.size(), " tensors from ", source.weights);
  if (!report.missing.empty()) note += str("; ", report.missing.size(), " of the head are not in it");
  return model;
}

std::unique_ptr<Model> load_of_any_width(const ModelConfig& config, const ModelSource& source, std::string& note) {
  std::string first_error;
  for (float width : kPublishedWidths) {
    try {
      ModelConfig candidate = config;
      candidate.width = width;
      return load_with(candidate, source, note);
    } catch (const Error& error) {
      if (first_error.empty()) first_error = error.what();
    }
  }
  throw Error(first_error);
}

}  // namespace

void declare_model_source(CLI::App& app, ModelSource& source) {
  app.add_option("--checkpoint", source.checkpoint, "Checkpoint of a run (checkpoints/best.h5)");
  app.add_option("--model", source.model, "Instead: a model by name, with --weights");
  app.add_option("--weights", source.weights, "Keras HDF5 weights for --model");
  app.add_option("--size", source.size, "Input size in pixels")->check(CLI::Range(1, 4096));
  app.add_option("--set", source.settings, "key=value of the model, e.g. width=0.35")->allow_extra_args(false);
}

std::unique_ptr<Model> open_model(const ModelSource& source, int classes, std::string& note) {
  if (source.checkpoint.empty() == source.model.empty())
    throw UsageError("give either --checkpoint, or --model with --weights");
  if (!source.checkpoint.empty()) {
    if (!source.weights.empty() || source.size > 0 || !source.settings.empty())
      throw UsageError("--checkpoint brings its own configuration: leave --weights, --size and --set out");
    note = source.checkpoint;
    return load_model(source.checkpoint, compute_device());
  }
  if (source.weights.empty()) throw UsageError("--model: needs --weights FILE.h5");
  const Pairs pairs = pairs_of(source, classes);
  const ModelConfig config = from_pairs<ModelConfig>(pairs);
  const bool own_width =
      std::any_of(pairs.begin(), pairs.end(), [](const auto& pair) { return pair.first == "width"; });
  return source.model == "mobilenet_v2" && !own_width ? load_of_any_width(config, source, note)
                                                      : load_with(config, source, note);
}

}  // namespace mueca
