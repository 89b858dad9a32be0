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
  Index clips = 0;
  int frames = 11;
};

int faces(const FacesArguments& arguments) {
  FacesConfig config = arguments.config;
  if (arguments.clips > 0) {
    if (arguments.frames < 2) throw UsageError("--frames: a clip has at least 2");
    config.training = arguments.clips, config.frames = arguments.frames;
  }
  Pack pack = generate_faces(config);
  save_pack(pack, arguments.out);
  print_saved(arguments.out, pack);
  return kExitOk;
}

}  // namespace

Action declare_data_faces(CLI::App& app) {
  auto a = std::make_shared<FacesArguments>();
  app.add_option("-o,--out", a->out, "The pack to write")->required();
  CLI::Option* training = app.add_option("--training", a->config.training, "Images to train on")->capture_default_str();
  app.add_option("--public-test", a->config.public_test, "Images (or clips) to choose by")->capture_default_str();
  app.add_option("--private-test", a->config.private_test, "Images (or clips) to judge by")->capture_default_str();
  CLI::Option* clips = app.add_option("--clips", a->clips, "Instead of --training: so many clips from neutral to apex")
                           ->check(CLI::Range(Index{1}, Index{1} << 24))
                           ->excludes(training);
  app.add_option("--frames", a->frames, "Frames of each clip")->capture_default_str()->needs(clips);
  app.add_option("--size", a->config.size, "Side of the images in pixels")->capture_default_str();
  app.add_option("--seed", a->config.seed, "Draws other people")->capture_default_str();
  app.add_option("--difficulty", a->config.difficulty, "More makes expressions weaker and pictures worse")
      ->capture_default_str();
  return [a] { return faces(*a); };
}

}  // namespace mueca
