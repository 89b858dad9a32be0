// mueca compound: a trained head for compound emotions, and drawn faces to try it on.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "apps/cmd_data.h"
#include "apps/command.h"
#include "apps/compute.h"
#include "apps/faces/compound_head.h"
#include "apps/faces/predict.h"
#include "apps/faces/recognizer.h"
#include "apps/interrupt.h"
#include "apps/scores.h"
#include "apps/table.h"
#include "apps/terminal.h"
#include "core/ops.h"
#include "core/parallel.h"
#include "data/compound.h"
#include "nn/calibration.h"
#include "nn/checkpoint.h"
#include "nn/metrics.h"

namespace mueca {
namespace {

struct CompoundTrainFlags {
  std::string checkpoint, data, out, train_on = "training", test_on = "private_test";
  CompoundRecipe recipe;
  int threads = 0;
  ComputeFlags compute;
};

std::string rate(std::int64_t right, std::size_t n) {
  const Interval i = wilson_interval(right, static_cast<std::int64_t>(n));
  return str(percent(static_cast<double>(right) / static_cast<double>(n), 1), " (", percent(i.low, 1), " to ",
             percent(i.high, 1), ")");
}

// How often the rule says the name that the pack says. A class of another name it can never say.
std::int64_t right_by_rule(Model& model, const std::vector<std::string>& basic, const Pack& pack,
                           const std::vector<Index>& rows) {
  const auto views = views_of(model, {pack.height, pack.width}, EvaluationViews::center);
  const Tensor p = softmax(calibrated(predict_logits(model, pack.images, rows, views, 64), model.calibration));
  std::int64_t right = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto share = p.span().subspan(i * basic.size(), basic.size());
    const auto label = static_cast<std::size_t>(pack.label[static_cast<std::size_t>(rows[i])]);
    right += derive_compound(basic, share).name == pack.class_names[label];
  }
  return right;
}

int train(const CompoundTrainFlags& flags) {
  choose_compute(flags.compute);
  if (flags.threads > 0) set_thread_count(flags.threads);
  const auto names = read_checkpoint_notes(flags.checkpoint).class_names;
  const auto model = load_model(flags.checkpoint, compute_device());
  const Pack pack = load_pack(flags.data);
  const auto rows = pack.rows_of(flags.train_on);
  check(!rows.empty(), flags.data, ": split \"", flags.train_on, "\" has no images");
  std::cerr << flags.checkpoint << ": features of " << rows.size() << " images\n";
  const CompoundHead head = train_compound_head(*model, pack, rows, flags.recipe);

  Table table{"Compound emotions", {{"split", false}, {"n"}, {"trained %"}, {"derived by the rule %"}}, {}, {}};
  for (const std::string& split : {flags.train_on, flags.test_on}) {
    if (!pack.has_split(split)) continue;
    const auto part = pack.rows_of(split);
    if (part.empty()) continue;
    const auto labels = labels_of(pack, part);
    const auto said =
        argmax_rows(compound_probabilities(head, compound_features(*model, pack.images, part, head.layer)));
    std::int64_t right = 0;
    for (std::size_t i = 0; i < said.size(); ++i) right += said[i] == labels[i];
    const auto by_rule = right_by_rule(*model, names.empty() ? emotion_names() : names, pack, part);
    table.add({split, str(part.size()), rate(right, part.size()), rate(by_rule, part.size())});
  }
  table.notes.push_back("95 % intervals in brackets; " + std::string(kDerivedNote));
  save_compound_head(flags.out, head);
  std::cout << terminal_table(table, wants_color(1)) << "written to " << flags.out << "\n";
  return kExitOk;
}

Action declare_train_head(CLI::App& app) {
  auto f = std::make_shared<CompoundTrainFlags>();
  app.add_option("--checkpoint", f->checkpoint, "The network whose features it reads")->required();
  app.add_option("--data", f->data, "Pack whose classes are compound emotions")->required();
  app.add_option("--out", f->out, "File to write, for --compound of predict and video")->required();
  app.add_option("--train-on", f->train_on, "Split to train on")->capture_default_str();
  app.add_option("--test-on", f->test_on, "Split to score on, if there")->capture_default_str();
  app.add_option("--steps", f->recipe.steps, "Updates, each over all images")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_option("--threads", f->threads, "0: all cores")->check(CLI::Range(0, 4096));
  add_compute_flags(app, f->compute);
  return [f] { return train(*f); };
}

Action declare_compound_faces(CLI::App& app) {
  struct Arguments {
    std::string out;
    FacesConfig config{.training = 3000, .public_test = 0, .private_test = 900};
  };
  auto a = std::make_shared<Arguments>();
  app.add_option("-o,--out", a->out, "The pack to write")->required();
  app.add_option("--training", a->config.training, "Images to train on")->capture_default_str();
  app.add_option("--private-test", a->config.private_test, "Images to judge by")->capture_default_str();
  app.add_option("--size", a->config.size, "Side of the images in pixels")->capture_default_str();
  app.add_option("--seed", a->config.seed, "Draws other people")->capture_default_str();
  return [a] {
    Pack pack = generate_compound_faces(a->config);
    save_pack(pack, a->out);
    print_saved(a->out, pack);
    return static_cast<int>(kExitOk);
  };
}

}  // namespace

Action declare_compound(CLI::App& app) {
  static constexpr Command commands[] = {
      {"train", "Train a head for compound emotions on a network's features", declare_train_head},
      {"faces", "Draw faces that show compound emotions, labelled", declare_compound_faces},
  };
  return declare_group(app, commands);
}

}  // namespace mueca
