#include "apps/svm_run.h"

#include <algorithm>
#include <chrono>
#include <iostream>

#include "apps/environment.h"
#include "apps/faces/classic_features.h"
#include "apps/faces/svm.h"
#include "apps/faces/svm_recognizer.h"
#include "apps/figures/confusion.h"
#include "apps/progress.h"
#include "apps/scores.h"
#include "apps/table.h"
#include "nn/calibration.h"

namespace mueca {
namespace {

// u8 [N, 48, 48].
Tensor images_of(const Pack& pack, std::span<const Index> rows) {
  check(pack.height == kClassicSize && pack.width == kClassicSize, "svm: wants images of 48 x 48 pixels, the pack has ",
        pack.width, " x ", pack.height);
  const Tensor out({static_cast<Index>(rows.size()), kClassicSize, kClassicSize}, DType::u8);
  std::uint8_t* to = out.data<std::uint8_t>();
  for (const Index row : rows) to = std::ranges::copy(pack.image(row), to).out;
  return out;
}

}  // namespace

RunResults train_svm_run(const RunPlan& plan, const Pack& pack, RunDirectory& run) {
  const SvmConfig& config = plan.config.svm;
  RunResults results;
  results.model = config.features + "_svm";
  results.data_sha256 = pack.sha256;
  results.identity = run_identity(plan.config, pack.sha256);
  run.write("env.json", environment_json(pack.sha256, pack.provenance));
  run.write_results(results);
  const auto say = [&](const std::string& line) {
    std::cerr << line << "\n";
    run.log(line);
  };
  const auto features = [&](std::span<const Index> rows) {
    return classic_features(images_of(pack, rows), config.features);
  };
  try {
    const auto begin = std::chrono::steady_clock::now();
    say(str("run ", run.path().string(), ": ", config.kernel, " on ", config.features, " of ", plan.train_rows.size(),
            " images"));
    Svm svm = train_svm(config, pack.class_names, features(plan.train_rows), labels_of(pack, plan.train_rows));
    results.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    results.images_per_second = static_cast<double>(plan.train_rows.size()) / results.seconds;
    results.parameters = results.trainable = svm.vectors.size() + svm.coefficients.size() + svm.bias.size();
    results.epochs_done = 1;
    const auto scored = [&](const std::vector<Index>& rows, const std::string& split) {
      const Tensor logits = svm_decisions(svm, features(rows));
      if (split == plan.config.data.select_on) svm.calibration = fit_calibration(logits, labels_of(pack, rows), split);
      const Tensor said = calibrated(logits, svm.calibration);
      run.write("predictions.csv", predictions_csv(pack, rows, said));
      const ConfusionMatrix matrix = confusion_of(pack, rows, said);
      run.write("plots/confusion.csv", csv_table(confusion_table(matrix, pack.class_names)));
      confusion_figure(matrix, pack.class_names, results.model + " on " + split).write(run.path() / "plots/confusion");
      return score(pack, rows, split, said);
    };
    if (!plan.select_rows.empty()) results.select = scored(plan.select_rows, plan.config.data.select_on);
    save_svm(run.checkpoint("best"), svm);
    if (!plan.test_rows.empty()) results.test = scored(plan.test_rows, plan.config.data.test_on);
    results.status = RunStatus::completed;
  } catch (const std::exception& error) {
    results.status = RunStatus::failed;
    results.reason = error.what();
    run.write_results(results);
    throw;
  }
  results.peak_memory_gib = peak_memory_gib();
  run.write_results(results);
  return results;
}

bool holds_svm(const std::string& file) { return is_svm_file(file); }

Tensor svm_logits(const std::string& file, const Pack& pack, std::span<const Index> rows, std::string& name) {
  const auto recognizer = open_svm(file);
  check(recognizer->classes == pack.class_names, file, ": was trained for other classes than the pack's");
  name = recognizer->name;
  return calibrated(recognizer->logits(images_of(pack, rows)), recognizer->calibration);
}

}  // namespace mueca
