// mueca data upscale: the same pack with larger images.
#include <CLI/CLI.hpp>
#include <memory>

#include "apps/cmd_data.h"
#include "data/upscale.h"

namespace mueca {
namespace {

struct UpscaleArguments {
  std::string pack, out, method = "bicubic";
  int factor = 2;
};

int upscale(const UpscaleArguments& a) {
  const Pack pack = load_pack(a.pack);
  const Resampler how = a.method == "lanczos" ? Resampler::lanczos : Resampler::bicubic;
  Pack larger = with_images(pack, upscale_images(pack.images, a.factor, how),
                            str("upscale: ", a.method, ", factor ", a.factor, ", of ", pack.sha256));
  save_pack(larger, a.out);
  print_saved(a.out, larger);
  return kExitOk;
}

}  // namespace

Action declare_data_upscale(CLI::App& app) {
  auto a = std::make_shared<UpscaleArguments>();
  app.add_option("pack", a->pack, "The pack")->required();
  app.add_option("-o,--out", a->out, "The pack to write")->required();
  app.add_option("--factor", a->factor, "How many times as high and wide")
      ->check(CLI::Range(2, 4))
      ->capture_default_str();
  app.add_option("--method", a->method, "bicubic, or lanczos (over 8 x 8 pixels)")
      ->check(CLI::IsMember({"bicubic", "lanczos"}))
      ->capture_default_str();
  return [a] { return upscale(*a); };
}

}  // namespace mueca
