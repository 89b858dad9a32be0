// mueca evaluate: what one network or an ensemble scores on a split of a pack.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>

#include "apps/command.h"
#include "apps/compute.h"
#include "apps/evaluation.h"
#include "apps/interrupt.h"
#include "apps/scores.h"
#include "apps/terminal.h"
#include "core/parallel.h"

namespace mueca {
namespace {

struct EvaluateFlags {
  std::vector<std::string> checkpoints;
  std::string data, split = "private_test", views = "center", out, title;
  int batch = 128, threads = 0;
  float frame = -1;
  ComputeFlags compute;
};

// Mean logits over the views, calibrated if the network is; Error when the network answers for other rows than those
// before it (none yet: it chooses).
Tensor member_logits(const std::string& path, const Pack& pack, std::vector<Index>& rows, const EvaluateFlags& flags,
                     std::string& name, std::vector<std::string>& notes) {
  const PackReader reader(path, pack);
  name = reader.name();
  const bool clips = reader.network() && reader.network()->input.frames > 1;
  const auto share = flags.frame >= 0 ? std::optional(flags.frame) : std::nullopt;
  const auto own = reader.rows(pack.rows_of(flags.split), share);
  check(!own.empty(), flags.data, ": split \"", flags.split, "\" has no ", clips ? "clips" : "images");
  check(rows.empty() || rows == own, path, ": ", name, " answers for ", own.size(), " rows, the network before it for ",
        rows.size(), "; --frame 1 makes networks for images answer for the last frame of each clip");
  rows = own;
  std::cerr << path << ": " << name << ", " << rows.size() << (clips ? " clips, " : " images, ") << flags.views << "\n";
  if (reader.network() && !reader.network()->calibration.split.empty()) {
    const Calibration& c = reader.network()->calibration;
    notes.push_back(
        str(path, ": loss, ECE and probabilities at temperature ", fixed(c.temperature, 3), ", fitted on ", c.split));
  }
  return reader.logits(rows, parse_views(flags.views), flags.batch, &interrupt_requested());
}

int run_evaluate(const EvaluateFlags& flags) {
  choose_compute(flags.compute);
  if (flags.threads > 0) set_thread_count(flags.threads);
  const Pack pack = load_pack(flags.data);
  std::vector<Index> rows;
  const InterruptGuard guard;
  std::vector<Tensor> members;
  std::vector<SplitFigures> member_figures;
  std::string name;
  std::vector<std::string> notes;
  for (const std::string& path : flags.checkpoints) {
    try {
      members.push_back(member_logits(path, pack, rows, flags, name, notes));
    } catch (const Error&) {
      if (!interrupt_requested()) throw;
      std::cerr << "interrupted; nothing was written\n";
      return kExitInterrupted;
    }
    member_figures.push_back(score(pack, rows, path, members.back()));
  }
  Evaluation evaluation = evaluate(pack, flags.split, rows, ensemble_logits(members));
  evaluation.notes.insert(evaluation.notes.end(), notes.begin(), notes.end());
  if (flags.views != "center") evaluation.notes.push_back("logits are means over the views " + flags.views);
  if (flags.frame >= 0) evaluation.notes.push_back(str("each clip up to ", flags.frame, " of its length"));
  if (members.size() > 1) {
    name = str("ensemble of ", members.size(), " networks");
    evaluation.notes.push_back(name + ": mean of their probabilities");
  }

  const bool color = wants_color(1);
  const auto show = [&](const Table& table) { std::cout << terminal_table(table, color) << "\n"; };
  if (members.size() > 1) {
    Table table = figures_table(member_figures);
    table.title = "Each network";
    show(table);
  }
  Table figures = figures_table(evaluation.sets);
  figures.notes = evaluation.notes;
  show(figures);
  show(class_table(evaluation.matrix, pack.class_names));
  show(confusion_table(evaluation.matrix, pack.class_names));
  if (!flags.out.empty()) {
    write_evaluation(flags.out, pack, evaluation, flags.title.empty() ? name + " on " + flags.split : flags.title);
    std::cout << "written to " << flags.out << "\n";
  }
  return kExitOk;
}

}  // namespace

Action declare_evaluate(CLI::App& app) {
  auto flags = std::make_shared<EvaluateFlags>();
  app.add_option("--checkpoint", flags->checkpoints, "Checkpoint of a run (checkpoints/best.h5); several: an ensemble")
      ->required();
  app.add_option("--data", flags->data, "Pack")->required();
  app.add_option("--split", flags->split, "Split to evaluate")->capture_default_str();
  app.add_option("--views", flags->views, "How each image is seen: center, flip (and its mirror image), ten_crop")
      ->check(CLI::IsMember({"center", "flip", "ten_crop"}))
      ->capture_default_str();
  app.add_option("--frame", flags->frame,
                 "Of each clip so much: 0 its first frame, 1 all; a network for images sees the "
                 "last of these frames alone")
      ->check(CLI::Range(0.0f, 1.0f));
  app.add_option("--out", flags->out, "Folder for tables, predictions and the confusion matrix");
  app.add_option("--title", flags->title, "Head line of the picture");
  app.add_option("--batch", flags->batch, "Images at a time")->check(CLI::Range(1, 65536))->capture_default_str();
  app.add_option("--threads", flags->threads, "0: all cores")->check(CLI::Range(0, 4096));
  add_compute_flags(app, flags->compute);
  return [flags] { return run_evaluate(*flags); };
}

}  // namespace mueca
