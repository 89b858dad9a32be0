#include "nn/registry.h"

#include "core/nearest.h"

namespace mueca {

// One line per model: nn/models/NAME.cpp defines make_NAME.
#define MUECA_MODELS(X) \
  X(baseline_cnn)       \
  X(se_cnn)             \
  X(se_resnet)          \
  X(vgg)                \
  X(mobilenet_v2)       \
  X(linear)             \
  X(cnn_gru)

#define MUECA_DECLARE(name) std::unique_ptr<Model> make_##name(const ModelConfig& config, Device device);
MUECA_MODELS(MUECA_DECLARE)
#undef MUECA_DECLARE

namespace {

struct Entry {
  const char* name;
  std::unique_ptr<Model> (*make)(const ModelConfig& config, Device device);
};
#define MUECA_ENTRY(name) {#name, make_##name},
constexpr Entry kModels[] = {MUECA_MODELS(MUECA_ENTRY)};
#undef MUECA_ENTRY

// Limits that every model shares; they also bound what a configuration from a stranger's file can allocate.
void check_common(const ModelConfig& c) {
  check(c.classes >= 2 && c.classes <= 10000, "model: classes must be in [2, 10000], got ", c.classes);
  check(c.size >= 8 && c.size <= 1024, "model: size must be in [8, 1024], got ", c.size);
  check(c.width > 0 && c.width <= 4, "model: width must be in (0, 4], got ", c.width);
  check(c.dropout >= 0 && c.dropout < 1, "model: dropout must be in [0, 1), got ", c.dropout);
  check(c.frames >= 0 && c.frames <= 1000, "model: frames must be in [0, 1000], got ", c.frames);
  check(c.hidden >= 0 && c.hidden <= 4096, "model: hidden must be in [0, 4096], got ", c.hidden);
  check(c.norm_momentum >= 0 && c.norm_momentum < 1, "model: norm_momentum must be in [0, 1), got ", c.norm_momentum);
}

}  // namespace

std::unique_ptr<Model> make_model(const ModelConfig& config, Device device) {
  check_common(config);
  std::string known;
  for (const Entry& entry : kModels) {
    if (config.name == entry.name) {
      auto model = entry.make(config, device);
      model->parameters.flatten();
      return model;
    }
    known += str(" ", entry.name);
  }
  const std::string hint = did_you_mean(config.name, model_names());
  throw Error(str("no model \"", config.name, "\"", hint.empty() ? ";" : hint, " known:", known));
}

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const Entry& entry : kModels) names.emplace_back(entry.name);
  return names;
}

}  // namespace mueca
