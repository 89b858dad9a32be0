// mueca calibrate: fits a checkpoint's temperature and its threshold for "uncertain" on images it was not trained on.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "apps/command.h"
#include "apps/compute.h"
#include "apps/faces/predict.h"
#include "apps/interrupt.h"
#include "apps/scores.h"
#include "apps/table.h"
#include "apps/terminal.h"
#include "core/ops.h"
#include "core/parallel.h"
#include "nn/calibration.h"
#include "nn/checkpoint.h"

namespace mueca {
namespace {

struct CalibrateFlags {
  std::string checkpoint, data, split = "public_test", out;
  double target = kAnswerTarget;
  int batch = 128, threads = 0;
  ComputeFlags compute;
};

Tensor split_logits(Model& model, const Pack& pack, const std::vector<Index>& rows, int batch) {
  const auto views = views_of(model, {pack.height, pack.width}, EvaluationViews::center);
  return predict_logits(model, pack, rows, views, batch, &interrupt_requested());
}

// Before and after, on one split.
void add_rows(Table& table, const std::string& split, const Tensor& logits, std::span<const std::int32_t> labels,
              const Calibration& fitted) {
  for (const Calibration& c : {Calibration{}, fitted}) {
    const Tensor p = softmax(calibrated(logits, c));
    const Answered at = answered(p, labels, c.threshold);
    table.add({split, c.split.empty() ? "before" : "after", fixed(c.temperature, 3),
               fixed(negative_log_likelihood(logits, labels, c.temperature), 4), fixed(reliability(p, labels).error, 4),
               fixed(c.threshold, 3), percent(at.coverage, 1), percent(at.accuracy, 1)});
  }
}

int calibrate(const CalibrateFlags& flags) {
  choose_compute(flags.compute);
  if (flags.threads > 0) set_thread_count(flags.threads);
  const CheckpointNotes notes = read_checkpoint_notes(flags.checkpoint);
  const auto model = load_model(flags.checkpoint, compute_device());
  const Pack pack = load_pack(flags.data);
  check(notes.class_names.empty() || notes.class_names == pack.class_names, flags.checkpoint,
        ": was trained for other classes than those of ", flags.data);
  check(model->config.classes == static_cast<int>(pack.class_names.size()), flags.checkpoint, ": has ",
        model->config.classes, " classes; the pack has ", pack.class_names.size());
  const auto rows = answered_rows(*model, pack, pack.rows_of(flags.split));
  check(!rows.empty(), flags.data, ": split \"", flags.split, "\" has no images");

  Table table{
      "Calibration",
      {{"split", false}, {"", false}, {"temperature"}, {"NLL"}, {"ECE"}, {"threshold"}, {"answered %"}, {"right %"}},
      {},
      {}};
  const Tensor logits = split_logits(*model, pack, rows, flags.batch);
  const auto labels = labels_of(pack, rows);
  const Calibration fitted = fit_calibration(logits, labels, flags.split, flags.target);
  add_rows(table, flags.split, logits, labels, fitted);
  const std::string test = "private_test";
  if (flags.split != test && pack.has_split(test))
    if (const auto others = answered_rows(*model, pack, pack.rows_of(test)); !others.empty())
      add_rows(table, test, split_logits(*model, pack, others, flags.batch), labels_of(pack, others), fitted);
  table.notes.push_back(str("fitted on ", flags.split,
                            "; \"right %\" is of the answered: those whose probability reaches the threshold"));
  if (fitted.threshold >= 1)
    table.notes.push_back(str("no threshold gets ", percent(flags.target, 0), " % right: every answer is uncertain"));
  const std::string out = flags.out.empty() ? flags.checkpoint : flags.out;
  save_calibration(flags.checkpoint, out, fitted);
  std::cout << terminal_table(table, wants_color(1)) << "written to " << out << "\n";
  return kExitOk;
}

}  // namespace

Action declare_calibrate(CLI::App& app) {
  auto flags = std::make_shared<CalibrateFlags>();
  app.add_option("--checkpoint", flags->checkpoint, "Checkpoint of a run (checkpoints/best.h5) or exported")
      ->required();
  app.add_option("--data", flags->data, "Pack")->required();
  app.add_option("--split", flags->split, "Split to fit on: one that the network did not learn")->capture_default_str();
  app.add_option("--target", flags->target, "Share of the answers above the threshold that should be right")
      ->check(CLI::Range(0.01, 1.0))
      ->capture_default_str();
  app.add_option("--out", flags->out, "File to write (the checkpoint itself, atomically)");
  app.add_option("--batch", flags->batch, "Images at a time")->check(CLI::Range(1, 65536))->capture_default_str();
  app.add_option("--threads", flags->threads, "0: all cores")->check(CLI::Range(0, 4096));
  add_compute_flags(app, flags->compute);
  return [flags] {
    const InterruptGuard guard;
    try {
      return calibrate(*flags);
    } catch (const Error&) {
      if (!interrupt_requested()) throw;
      std::cerr << "interrupted; nothing was written\n";
      return static_cast<int>(kExitInterrupted);
    }
  };
}

}  // namespace mueca
