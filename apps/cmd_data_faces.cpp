// mueca data faces: a pack of drawn faces, nothing to download.
#include <CLI/CLI.hpp>
#include <memory>

#include "apps/cmd_data.h"
#include "data/faces.h"

namespace mueca {
namespace {

struct FacesArguments {
  std::string out;
  FacesConfig config;
};

int faces(const FacesArguments& arguments) {
  Pack pack = generate_faces(arguments.config);
  save_pack(pack, arguments.out);
  print_saved(arguments.out, pack);
  return kExitOk;
}

}  // namespace

Action declare_data_faces(CLI::App& app) {
  auto a = std::make_shared<FacesArguments>();
  app.add_option("-o,--out", a->out, "The pack to write")->required();
  app.add_option("--training", a->config.training, "Images to train on")->capture_default_str();
  app.add_option("--public-test", a->config.public_test, "Images to choose by")->capture_default_str();
  app.add_option("--private-test", a->config.private_test, "Images to judge by")->capture_default_str();
  app.add_option("--size", a->config.size, "Side of the images in pixels")->capture_default_str();
  app.add_option("--seed", a->config.seed, "Draws other people")->capture_default_str();
  app.add_option("--difficulty", a->config.difficulty, "More makes expressions weaker and pictures worse")
      ->capture_default_str();
  return [a] { return faces(*a); };
}

}  // namespace mueca
