// mueca embed: maps of images by PCA and t-SNE, as tables, pictures and a page to explore.
#include "apps/cmd_embed.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>

#include "apps/compute.h"
#include "apps/embedding_files.h"
#include "apps/evaluation.h"
#include "apps/interrupt.h"
#include "apps/pack_features.h"
#include "apps/row_list.h"
#include "apps/task_bar.h"
#include "apps/terminal.h"
#include "core/files/sha256.h"
#include "core/ops.h"
#include "core/parallel.h"
#include "nn/checkpoint.h"
#include "nn/metrics.h"

namespace mueca {
namespace {

constexpr int kBatch = 64;  // images at a time through a network

struct EmbedFlags {
  std::string data, split, rows, features, checkpoint, layer, predictions_of, method = "both", out;
  Index limit = 0;
  EmbedOptions embed;
  int threads = 0;
  ComputeFlags compute;
};

bool go_on() { return !interrupt_requested(); }

// What was meant by what was said, or UsageError.
void settle(EmbedFlags& f) {
  if (f.features.empty()) f.features = f.checkpoint.empty() ? "pixels" : "layer";
  const bool layer = f.features == "layer";
  if (layer && f.checkpoint.empty()) throw UsageError("embed: --features layer needs --checkpoint FILE");
  if (!layer && !f.layer.empty()) throw UsageError("embed: --layer is for --features layer");
  if (!layer && !f.checkpoint.empty())
    throw UsageError("embed: --checkpoint is for --features layer; to colour by its predictions give --predictions-of");
  if (f.layer.empty()) f.layer = "features";
  f.embed.tsne = f.method != "pca";
}

std::string images_of(const EmbedFlags& f) {
  return f.split.empty() ? (f.rows.empty() ? "all rows" : "chosen rows") : f.split;
}

void check_perplexity(const EmbedFlags& f, std::size_t images) {
  const double least = 3 * f.embed.options.perplexity + 1;
  check(!f.embed.tsne || static_cast<double>(images) >= least, "embed: perplexity ", f.embed.options.perplexity,
        " asks for at least ", least, " images, there are ", images, "; give a smaller --perplexity, or --method pca");
}

Tensor features_of(const EmbedFlags& f, const Pack& pack, const std::vector<Index>& rows, FeatureSource& source) {
  source = {f.features, "", "", "", images_of(f)};
  if (f.features == "pixels") return pixel_features(pack, rows);
  if (f.features == "hog") return hog_features(pack, rows);
  const auto model = load_model(f.checkpoint, compute_device());
  source.model = model->config.name, source.layer = f.layer, source.sha256 = sha256_file(f.checkpoint);
  TaskBar display;
  display.begin(f.layer + " of " + source.model, static_cast<std::int64_t>(rows.size()));
  return layer_features(*model, pack, rows, f.layer, kBatch, [&](Index done) {
    display.step(done);
    return go_on();
  });
}

// Of the file that was named; otherwise of the network whose layer is shown, if it tells the pack's classes.
std::optional<EmbedPredictions> predictions_of(const EmbedFlags& f, const Pack& pack, const std::vector<Index>& rows) {
  const std::string& file = f.predictions_of.empty() ? f.checkpoint : f.predictions_of;
  if (file.empty()) return {};
  if (f.predictions_of.empty() && read_checkpoint_notes(file).class_names != pack.class_names) {
    std::cerr << file << ": tells other classes than the pack's: no colours by prediction\n";
    return {};
  }
  EmbedPredictions p;
  const PackReader reader(file, pack);
  p.model = reader.name();
  const Tensor probabilities = softmax(reader.logits(rows, EvaluationViews::center, kBatch, &interrupt_requested()));
  p.sha256 = sha256_file(file);
  p.predicted = argmax_rows(probabilities);
  for (std::size_t i = 0; i < p.predicted.size(); ++i)
    p.confidence.push_back(probabilities.data()[static_cast<Index>(i) * probabilities.extent(1) + p.predicted[i]]);
  return p;
}

int run_embed(EmbedFlags f) {
  settle(f);
  choose_compute(f.compute);
  f.embed.options.device = compute_device();
  if (f.threads > 0) set_thread_count(f.threads);
  const Pack pack = load_pack(f.data);
  const EmbeddedRows rows = embedded_rows(pack, chosen_rows(pack, f.rows, f.split), f.limit);
  check_perplexity(f, rows.shown.size());
  const InterruptGuard guard;
  TaskBar display;
  try {
    FeatureSource source;
    const Tensor features = features_of(f, pack, rows.needed, source);
    const auto predictions = predictions_of(f, pack, rows.shown);
    f.embed.options.progress = [&](const TsneProgress& p) {
      if (p.iteration <= 50) display.begin("t-SNE", p.iterations);
      display.step(p.iteration, "KL " + fixed(p.kl, 3));
      return go_on();
    };
    const Embedding embedding = embed(pack, rows, features, f.embed, [&](const std::string& stage) {
      display.line(stage);
      return go_on();
    });
    const EmbedReport report{pack, rows, embedding, f.embed, source, predictions, f.method != "tsne"};
    display.line("pictures and page");
    const auto names = write_embedding(f.out, report);
    std::cout << terminal_table(embedding_table(report), wants_color(1)) << "\n" << f.out << ":";
    for (const std::string& name : names) std::cout << " " << name;
    std::cout << "\n";
    if (source.kind != "pixels") std::cout << "no eigenfaces: these components are not pictures\n";
  } catch (const Error&) {
    if (go_on()) throw;
    display.line("interrupted; nothing was written");
    return kExitInterrupted;
  }
  return kExitOk;
}

}  // namespace

Action declare_embed(CLI::App& app) {
  auto f = std::make_shared<EmbedFlags>();
  TsneOptions& t = f->embed.options;
  app.add_option("--data", f->data, "Pack")->required();
  app.add_option("--split", f->split, "Show the images of one split (all)");
  app.add_option("--rows", f->rows, "Instead: rows of the pack, e.g. 0-999,1200");
  app.add_option("--limit", f->limit, "At most so many images, evenly spread (0: all)")->check(CLI::Range(0, 1 << 30));
  app.add_option("--features", f->features, "pixels; hog; layer, of --checkpoint (pixels, with --checkpoint layer)")
      ->check(CLI::IsMember({"pixels", "hog", "layer"}));
  app.add_option("--checkpoint", f->checkpoint, "Network whose layer is shown; it colours by prediction, too");
  app.add_option("--layer", f->layer, "Layer; a wrong name lists the known ones (features: what the head reads)");
  app.add_option("--predictions-of", f->predictions_of, "Colour by the predictions of this checkpoint");
  app.add_option("--method", f->method, "Maps to make")
      ->check(CLI::IsMember({"pca", "tsne", "both"}))
      ->capture_default_str();
  app.add_option("--pca", f->embed.components, "Components that t-SNE and neighbours are computed of")
      ->check(CLI::Range(2, 1000))
      ->capture_default_str();
  app.add_option("--perplexity", t.perplexity, "t-SNE: about how many neighbours count")
      ->check(CLI::Range(2.0, 1000.0))
      ->capture_default_str();
  app.add_option("--iterations", t.iterations, "t-SNE: steps")->check(CLI::Range(50, 100000))->capture_default_str();
  app.add_option("--exaggeration", t.exaggeration, "t-SNE: factor on similarities in the first 250 steps")
      ->check(CLI::Range(1.0, 100.0))
      ->capture_default_str();
  app.add_option("--learning-rate", t.learning_rate, "t-SNE (0: images / exaggeration, at least 200)")
      ->check(CLI::Range(0.0, 1e6));
  app.add_option("--knn", f->embed.neighbours, "Neighbours that vote for a class")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--seed", t.seed, "Of t-SNE's start")->capture_default_str();
  app.add_option("--out", f->out, "Folder to write")->required();
  app.add_option("--threads", f->threads, "0: all cores")->check(CLI::Range(0, 4096));
  add_compute_flags(app, f->compute);
  return [f] { return run_embed(*f); };
}

}  // namespace mueca
