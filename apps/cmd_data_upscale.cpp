// mueca data upscale: the same pack with larger images; and the training of the network for its method espcn.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <iostream>
#include <memory>

#include "apps/cmd_data.h"
#include "apps/interrupt.h"
#include "apps/progress.h"
#include "apps/terminal.h"
#include "core/files/sha256.h"
#include "core/files/share.h"
#include "core/parallel.h"
#include "data/upscale.h"
#include "nn/espcn.h"

namespace mueca {
namespace {

struct UpscaleArguments {
  std::string pack, out, method = "bicubic", network;
  int factor = 2;
};

std::string network_file(const UpscaleArguments& a) {
  if (!a.network.empty()) return a.network;
  if (a.factor != 2)
    throw UsageError(
        str("data upscale: the network that ships is for factor 2; train one with 'mueca data "
            "train-upscaler --factor ",
            a.factor, "' and name it with --network"));
  return (share_folder("weights") / "espcn_x2_fer2013.h5").string();
}

// The network's images, and its fingerprint for the provenance.
Tensor upscale_with_network(const UpscaleArguments& a, const Tensor& images, std::string& note) {
  const std::string path = network_file(a);
  const auto network = load_espcn(path);
  check(network->factor() == a.factor, path, ": is a network for factor ", network->factor(), ", not ", a.factor);
  check_upscale(images, a.factor);
  note = str(", network ", sha256_file(path));
  return network->upscale(images);
}

int upscale(const UpscaleArguments& a) {
  if (!a.network.empty() && a.method != "espcn") throw UsageError("data upscale: --network is for --method espcn");
  const Pack pack = load_pack(a.pack);
  std::string note;
  const Tensor images =
      a.method == "espcn"
          ? upscale_with_network(a, pack.images, note)
          : upscale_images(pack.images, a.factor, a.method == "lanczos" ? Resampler::lanczos : Resampler::bicubic);
  Pack larger =
      with_images(pack, images, str("upscale: ", a.method, ", factor ", a.factor, note, ", of ", pack.sha256));
  save_pack(larger, a.out);
  print_saved(a.out, larger);
  return kExitOk;
}

struct UpscalerArguments {
  std::string pack, out, split = "training", check_split = "public_test";
  int factor = 2, threads = 0;
  Index limit = 0;
  EspcnTraining training;
};

// The first images of a split (all: 0), and the same from blocks' means: what the network is to undo.
struct Pairs {
  Tensor small, large;  // u8 [T, H / factor, W / factor], u8 [T, H, W]
};

Pairs pairs_of(const Pack& pack, const std::string& split, Index limit, int factor) {
  auto rows = pack.rows_of(split);
  if (limit > 0 && limit < static_cast<Index>(rows.size())) rows.resize(static_cast<std::size_t>(limit));
  check(!rows.empty(), "train-upscaler: split ", split, " has no images");
  const Tensor large = select_rows(pack, rows).images;
  return {downscale_images(large, factor), large};
}

void add_figures(Table& table, const std::string& method, const Tensor& images, const Tensor& truth) {
  table.add({method, fixed(psnr(images, truth), 2), fixed(ssim(images, truth), 4)});
}

bool train(Espcn& network, const Pairs& pairs, const EspcnTraining& how) {
  using Clock = std::chrono::steady_clock;
  const InterruptGuard guard;
  ProgressDisplay display(wants_live_bar());
  const auto begun = Clock::now();
  return train_espcn(network, pairs.small, pairs.large, how, [&](const EspcnStep& s) {
    const double seconds = std::chrono::duration<double>(Clock::now() - begun).count();
    const double error = 255 * std::sqrt(s.error);  // in gray levels
    const double steps = static_cast<double>(s.epoch) * static_cast<double>(s.of) + static_cast<double>(s.done);
    if (s.done == 1) display.begin(s.epoch + 1, how.epochs, s.of);
    display.step(s.done, error, steps * how.batch / seconds);
    if (s.done == s.of)
      display.line(str("epoch ", s.epoch + 1, "/", how.epochs, "  rms error ", fixed(error, 3), " gray levels  ",
                       clock_text(seconds)));
    return !interrupt_requested();
  });
}

int train_upscaler(const UpscalerArguments& a) {
  if (a.threads > 0) set_thread_count(a.threads);
  if (a.split == a.check_split) throw UsageError("train-upscaler: --check-split must be another split than --split");
  const Pack pack = load_pack(a.pack);
  check(pack.height % a.factor == 0 && pack.width % a.factor == 0, a.pack, ": ", pack.height, " x ", pack.width,
        " pixels cannot be divided by ", a.factor);
  const Pairs pairs = pairs_of(pack, a.split, a.limit, a.factor);
  const Pairs held_out = pairs_of(pack, a.check_split, 0, a.factor);
  Table table;
  table.title =
      str(a.check_split, ": ", held_out.large.extent(0), " images from their ", a.factor, " x ", a.factor, " means");
  table.columns = {{"method", false}, {"PSNR dB"}, {"SSIM"}};
  for (const auto& [name, how] : {std::pair{"bicubic", Resampler::bicubic}, {"Lanczos", Resampler::lanczos}})
    add_figures(table, name, upscale_images(held_out.small, a.factor, how), held_out.large);
  Espcn network(a.factor, a.training.seed);
  if (!train(network, pairs, a.training)) {
    std::cerr << "interrupted; nothing was written\n";
    return kExitInterrupted;
  }
  save_espcn(a.out, network);
  add_figures(table, "ESPCN", network.upscale(held_out.small), held_out.large);
  print_table(table);
  std::cerr << a.out << ": " << network.parameters.value_count() << " weights, factor " << a.factor << ", sha256 "
            << sha256_file(a.out) << "\n";
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
  app.add_option("--method", a->method, "bicubic, lanczos (over 8 x 8 pixels) or espcn (a network)")
      ->check(CLI::IsMember({"bicubic", "lanczos", "espcn"}))
      ->capture_default_str();
  app.add_option("--network", a->network, "For espcn: a file of train-upscaler (factor 2: the one that ships)");
  return [a] { return upscale(*a); };
}

Action declare_data_train_upscaler(CLI::App& app) {
  auto a = std::make_shared<UpscalerArguments>();
  app.add_option("pack", a->pack, "The pack whose images are to be restored from smaller ones")->required();
  app.add_option("-o,--out", a->out, "The network to write, for 'mueca data upscale --method espcn --network'")
      ->required();
  app.add_option("--factor", a->factor, "How many times as high and wide")
      ->check(CLI::Range(2, 4))
      ->capture_default_str();
  app.add_option("--split", a->split, "Learn from this split")->capture_default_str();
  app.add_option("--limit", a->limit, "Learn from so many images at most (0: all)")->check(CLI::Range(0, 1 << 30));
  app.add_option("--check-split", a->check_split, "Compare the methods on this one")->capture_default_str();
  app.add_option("--epochs", a->training.epochs, "How often each image is seen")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  app.add_option("--batch", a->training.batch, "Images per step")->check(CLI::Range(1, 4096))->capture_default_str();
  app.add_option("--lr", a->training.lr, "Highest learning rate")->check(CLI::Range(1e-6, 1.0))->capture_default_str();
  app.add_option("--seed", a->training.seed, "First weights and the order of the images")->capture_default_str();
  app.add_option("--threads", a->threads, "0: all cores")->check(CLI::Range(0, 4096));
  return [a] { return train_upscaler(*a); };
}

}  // namespace mueca
