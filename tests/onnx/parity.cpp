// The mueca half of parity.py: for every network of networks.h, FOLDER/n.onnx and its inputs and outputs, each as a
// file n.NAME (float32, raw). Images have one channel, so that [N, S, S, 1] and [N, 1, S, S] are the same bytes.
//   onnx_parity FOLDER
#include <cstdio>

#include "core/autograd.h"
#include "core/files/atomic_file.h"
#include "nn/onnx.h"
#include "tests/onnx/networks.h"

namespace mueca {
namespace {

void write(const std::filesystem::path& path, const Tensor& t) {
  write_file_atomically(path, {reinterpret_cast<const char*>(t.data()), static_cast<std::size_t>(t.size()) * 4});
}

void write_all(const std::filesystem::path& folder) {
  std::vector<std::unique_ptr<Model>> models;
  for (const ModelConfig& config : exported_models()) models.push_back(make_model(config));
  models.push_back(std::make_unique<OddNetwork>(true));
  const NoGrad no_grad;
  for (std::size_t i = 0; i < models.size(); ++i) {
    Model& model = *models[i];
    scramble(model);
    const std::string name = str(model.config.name, "_", i);
    const Tensor x = random_images(model, 3);
    save_onnx(model, folder / (name + ".onnx"));
    write(folder / (name + ".image"), x);
    Context context;
    if (model.memory_size() > 0) {  // from the second frame on
      context.memory = Tensor::full({3, model.memory_size()}, 0);
      model.forward(x, context);
      write(folder / (name + ".memory"), context.memory);
    }
    write(folder / (name + ".logits"), model.forward(x, context));
    if (model.memory_size() > 0) write(folder / (name + ".next_memory"), context.memory);
  }
}

}  // namespace
}  // namespace mueca

int main(int argc, char** argv) {
  try {
    mueca::check(argc == 2, "usage: onnx_parity FOLDER");
    mueca::write_all(argv[1]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "onnx_parity: %s\n", error.what());
    return 1;
  }
}
