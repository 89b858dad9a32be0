// The mueca half of parity.py. Loads weights that Keras saved and says what the network then answers; writes weights
// of its own in both layouts and what it answers with those.
//   keras_parity WEIGHTS BATCH.h5 OUT_FOLDER KEY=VALUE...   (the model's configuration, and layer=NAME for features)
#include <cstdio>
#include <filesystem>

#include "core/autograd.h"
#include "core/files/hdf5.h"
#include "core/random.h"
#include "nn/features.h"
#include "nn/keras.h"
#include "nn/registry.h"

namespace mueca {
namespace {

// Moving statistics near those of the batch, as after training, but none left as it began: a mix-up must show.
void stir(Model& model, const Tensor& x) {
  Random random({7, RandomStream::test});
  for (auto& parameter : model.parameters)
    if (!parameter.name.ends_with("kernel"))
      for (float& value : parameter.value.span()) value += random.uniform(-0.3f, 0.3f);
  model.forward(x, {.training = true, .seed = 1});  // at momentum 0.001
  for (auto& parameter : model.parameters)
    if (parameter.name.ends_with("moving_variance"))
      for (float& value : parameter.value.span()) value *= random.uniform(0.8f, 1.25f);
}

void run(const std::filesystem::path& weights, const std::filesystem::path& batch, const std::filesystem::path& out,
         Pairs pairs) {
  std::string layer;
  std::erase_if(pairs, [&](const auto& pair) { return pair.first == "layer" && (layer = pair.second, true); });
  ModelConfig config = from_pairs<ModelConfig>(pairs);
  const auto loaded = make_model(config);
  const KerasReport report = load_keras_weights(*loaded, weights, {.allow_other_head = false, .strict = true});
  std::printf("%s: %lld values in %zu parameters\n", weights.filename().c_str(), static_cast<long long>(report.values),
              report.matched.size());
  const auto in = Hdf5File::open_read(batch);
  const Tensor x = Tensor::from(in.shape_of("x"), in.read<float>("x"));
  const NoGrad no_grad;
  config.seed += 1, config.norm_momentum = 0.001f;
  const auto own = make_model(config);
  stir(*own, x);
  save_keras_weights(*own, out / "own.h5", KerasLayout::legacy);
  save_keras_weights(*own, out / "own.weights.h5", KerasLayout::keras3);

  auto file = Hdf5File::create(out / "answers.h5");
  const auto put = [&](const char* name, const Tensor& t) { file.write<float>(name, t.shape(), t.to_vector()); };
  put("loaded", loaded->forward(x, {}));
  put("features", pooled_features(*loaded, x, layer));
  put("own", own->forward(x, {}));
  file.close();
}

}  // namespace
}  // namespace mueca

int main(int argc, char** argv) {
  try {
    mueca::check(argc >= 4, "usage: keras_parity WEIGHTS BATCH.h5 OUT_FOLDER KEY=VALUE...");
    mueca::Pairs pairs;
    for (int i = 4; i < argc; ++i) {
      const std::string text = argv[i];
      pairs.emplace_back(text.substr(0, text.find('=')), text.substr(text.find('=') + 1));
    }
    mueca::run(argv[1], argv[2], argv[3], pairs);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "keras_parity: %s\n", error.what());
    return 1;
  }
}
