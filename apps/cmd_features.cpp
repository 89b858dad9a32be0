// mueca features: what a layer of a network says about images, pooled over the map, into an HDF5 file.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "apps/command.h"
#include "apps/compute.h"
#include "apps/model_source.h"
#include "apps/pack_features.h"
#include "apps/row_list.h"
#include "apps/scores.h"
#include "core/files/atomic_file.h"
#include "core/files/hdf5.h"
#include "core/files/sha256.h"
#include "core/parallel.h"

namespace mueca {
namespace {

struct FeatureFlags {
  ModelSource source;
  std::string data, rows, split, layer = "features", out;
  int batch = 32, threads = 0;
  ComputeFlags compute;
};

void write_features(const FeatureFlags& flags, const Model& model, const Pack& pack, const std::vector<Index>& rows,
                    const Tensor& features) {
  const auto n = static_cast<Index>(rows.size());
  const auto labels = labels_of(pack, rows);
  const std::string& weights = flags.source.checkpoint.empty() ? flags.source.weights : flags.source.checkpoint;
  AtomicFile target(flags.out);
  Hdf5File file = Hdf5File::create(target.temporary());
  file.write<float>("features", features.shape(), features.span());
  file.write<std::int64_t>("rows", {n}, std::span<const std::int64_t>(rows));
  file.write<std::int32_t>("labels", {n}, std::span<const std::int32_t>(labels));
  file.write_text("/", "model", model.config.name);
  file.write_text("/", "layer", flags.layer);
  file.write_integer("/", "size", model.input.size);
  file.write_texts("/", "class_names", pack.class_names);
  file.write_text("/", "weights_sha256", sha256_file(weights));
  file.write_text("/", "data_sha256", pack.sha256);
  file.close();
  target.commit();
}

int run_features(const FeatureFlags& flags) {
  choose_compute(flags.compute);
  if (flags.threads > 0) set_thread_count(flags.threads);
  const Pack pack = load_pack(flags.data);
  const auto rows = chosen_rows(pack, flags.rows, flags.split);
  std::string note;
  const auto model = open_model(flags.source, static_cast<int>(pack.class_names.size()), note);
  std::cerr << note << "\n";
  const Tensor features = layer_features(*model, pack, rows, flags.layer, flags.batch);
  write_features(flags, *model, pack, rows, features);
  std::cout << flags.out << ": features " << features.shape() << " of layer " << flags.layer << "\n";
  return kExitOk;
}

}  // namespace

Action declare_features(CLI::App& app) {
  auto flags = std::make_shared<FeatureFlags>();
  declare_model_source(app, flags->source);
  app.add_option("--data", flags->data, "Pack")->required();
  app.add_option("--rows", flags->rows, "Rows of the pack, e.g. 0-7,12 (all)");
  app.add_option("--split", flags->split, "Instead: the rows of one split");
  app.add_option("--layer", flags->layer, "Layer; a wrong name lists the known ones (features: what the head reads)");
  app.add_option("--out", flags->out, "HDF5 file to write")->required();
  app.add_option("--batch", flags->batch, "Images at a time")->check(CLI::Range(1, 65536));
  app.add_option("--threads", flags->threads, "0: all cores")->check(CLI::Range(0, 4096));
  add_compute_flags(app, flags->compute);
  return [flags] { return run_features(*flags); };
}

}  // namespace mueca
