#include "apps/figures/study_figures.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "apps/figures/confusion.h"
#include "apps/figures/curves.h"
#include "apps/figures/distribution.h"
#include "apps/figures/forest.h"
#include "apps/figures/network_figures.h"
#include "apps/figures/pr_roc.h"
#include "apps/figures/reliability.h"
#include "apps/figures/roofline.h"
#include "apps/figures/seed_curves.h"
#include "apps/run_directory.h"
#include "apps/table.h"
#include "core/ops.h"
#include "nn/checkpoint.h"

namespace fs = std::filesystem;

namespace mueca {
namespace {

constexpr int kArmsInOneFigure = 6;

std::string name_of(const StudyArm& arm) { return arm.label.empty() ? arm.name : arm.label; }

std::string seeds_of(const ArmResult& arm) {
  return arm.runs.size() == 1 ? str("seed ", arm.runs[0].seed) : str(arm.runs.size(), " seeds");
}

// "private_test, n = 3589, seed 1"
std::string about(const ArmRun& run) {
  const std::string split = run.sets.empty() ? std::string("test images") : run.sets[0].split;
  return str(split, ", n = ", run.labels.size(), ", seed ", run.seed);
}

// Of an arm's network, which has layers to look into; or empty.
fs::path checkpoint_of(const StudyArm& arm, const ArmRun& run) {
  if (arm.kind != ArmKind::network || run.folder.empty()) return {};
  const fs::path path = kept_checkpoint(run.folder);
  return fs::exists(path) ? path : fs::path();
}

class Painter {
 public:
  Painter(const StudyResults& results, const Study& study, const StudyOptions& options)
      : results_(results), study_(study), options_(options) {}

  std::vector<StudyFigure> paint() {
    accuracy();
    learning_curves();
    for (const BenchmarkResult& benchmark : results_.benchmarks) roofline(benchmark);
    for (const DataSummary& data : results_.data) distribution(data);
    for (const ArmResult& arm : results_.arms) confusion(arm);
    if (const ArmResult* best = best_arm(); best && best->runs[0].probabilities.defined()) best_figures(*best);
    return std::move(figures_);
  }

 private:
  void add(const std::string& stem, const std::string& title, const std::string& caption, Canvas canvas) {
    figures_.push_back({stem, title, caption, std::move(canvas)});
  }

  // On the data of the study's first arm: accuracies on other images do not compare.
  const ArmResult* best_arm() const {
    const ArmResult* best = nullptr;
    for (const ArmResult& arm : results_.arms) {
      if (arm.runs.empty() || !std::isfinite(arm.accuracy.mean) || arm.arm.data != results_.arms[0].arm.data) continue;
      if (!best || arm.accuracy.mean > best->accuracy.mean) best = &arm;
    }
    return best;
  }

  const std::vector<std::string>* classes_of(const ArmResult& arm) const {
    for (const DataSummary& data : results_.data)
      if (data.name == arm.arm.data || results_.data.size() == 1) return &data.classes;
    return nullptr;
  }

  // The pack that an arm looked at; nullptr when its file is gone.
  const Pack* pack_named(const std::string& name) {
    for (const StudyData& data : study_.data) {
      if (data.name != name) continue;
      const fs::path path = data_path(study_, data, options_);
      if (!packs_.contains(name) && fs::exists(path)) packs_.emplace(name, load_pack(path));
    }
    const auto found = packs_.find(name);
    return found == packs_.end() ? nullptr : &found->second;
  }

  void accuracy() {
    Forest forest{results_.title + ": accuracy", "", "accuracy on the test images", {}, {}};
    std::set<std::int64_t> images;
    bool one_seed = false, more_seeds = false;
    for (const ArmResult& arm : results_.arms) {
      ForestRow row{name_of(arm.arm), seeds_of(arm), arm.accuracy.mean, arm.accuracy.low, arm.accuracy.high, {}, {}};
      for (const ArmRun& run : arm.runs) {
        if (!run.sets.empty()) row.seeds.push_back(run.sets[0].accuracy), images.insert(run.sets[0].n);
      }
      if (arm.runs.size() == 1 && arm.matrix.total() > 0) {
        const Interval interval = wilson_interval(arm.matrix.correct(), arm.matrix.total());
        row.low = interval.low, row.high = interval.high, one_seed = true;
      }
      more_seeds = more_seeds || arm.runs.size() > 1;
      for (const ClaimResult& c : results_.claims) {
        if (c.arm != arm.arm.name) continue;
        if (c.claim.spread > 0 && c.claim.source.find("uman") != std::string::npos) {
          const ForestBand band{c.claim.value - c.claim.spread, c.claim.value + c.claim.spread, c.claim.source};
          const auto same = [&](const ForestBand& b) { return b.label == band.label; };
          if (std::ranges::none_of(forest.bands, same)) forest.bands.push_back(band);
        } else {
          const std::string what = c.claim.measure == "accuracy" ? "" : "training accuracy, ";
          row.claims.push_back({c.claim.value, c.claim.spread, what + c.claim.source});
        }
      }
      forest.rows.push_back(std::move(row));
    }
    if (forest.rows.empty()) return;
    std::string sizes;
    for (const std::int64_t n : images) sizes += (sizes.empty() ? "n = " : " or ") + std::to_string(n);
    const std::string intervals =
        str(more_seeds ? "of several seeds by Student's t over the seeds" : "", more_seeds && one_seed ? ", " : "",
            one_seed ? "of one seed by Wilson over the images" : "");
    forest.facts = sizes + (sizes.empty() ? "" : " images; ") + "95 % intervals " + intervals;
    add("accuracy", forest.title,
        "Mean accuracy of each arm on its test images (" + forest.facts +
            "). Open diamonds: what others published, with their own protocols.",
        forest_figure(forest));
  }

  void learning_curves() {
    std::vector<CurveArm> arms;
    for (const ArmResult& arm : results_.arms) {
      CurveArm curves{name_of(arm.arm), {}};
      for (const ArmRun& run : arm.runs)
        if (const fs::path file = run.folder / "metrics.jsonl"; !run.folder.empty() && fs::exists(file))
          if (auto epochs = read_epochs(file); !epochs.empty()) curves.seeds.push_back(std::move(epochs));
      if (!curves.seeds.empty()) arms.push_back(std::move(curves));
    }
    const std::size_t parts = (arms.size() + kArmsInOneFigure - 1) / kArmsInOneFigure;
    for (std::size_t p = 0; p < parts; ++p) {
      const std::size_t begin = p * arms.size() / parts, end = (p + 1) * arms.size() / parts;
      const std::string more = parts > 1 ? str(" (", p + 1, " of ", parts, ")") : "";
      const std::string title = results_.title + ": learning curves" + more;
      add(str("learning-curves", p ? "-" + std::to_string(p + 1) : ""), title,
          "Accuracy and loss by epoch: solid on the selection split, dashed on training images as the network was "
          "trained on them (augmented, with dropout), the mean over seeds with a band from the smallest to the "
          "largest.",
          seed_curves_figure(std::span(arms).subspan(begin, end - begin), title));
    }
  }

  // What users get: where several algorithms were timed, the one that a call would run.
  void roofline(const BenchmarkResult& result) {
    if (result.compute.empty() || result.memory.empty()) return;
    const auto ceilings = [](const std::vector<BenchmarkCeiling>& from) {
      std::vector<RooflineCeiling> out;
      for (const BenchmarkCeiling& c : from) out.push_back({c.name, c.value});
      return out;
    };
    std::vector<RooflineKernel> kernels;
    for (const BenchmarkRow& row : result.rows) {
      if (!(row.flop > 0 && row.bytes > 0) || !is_chosen(result, row)) continue;
      kernels.push_back({row.family, row.flop / row.bytes, row.gflops(), false});
      if (row.peer_microseconds > 0)
        kernels.push_back({row.family, row.flop / row.bytes, row.flop / row.peer_microseconds * 1e-3, true});
    }
    if (kernels.empty()) return;
    const std::string title = result.benchmark.label + ": kernels under the roof";
    add("roofline-" + result.benchmark.name, title,
        "Each mark is one kernel at one shape: its operations per byte that memory must bring, and what it reaches. "
        "The "
        "lines are ceilings measured in the same run. A mark above a slope has its numbers from a faster memory.",
        roofline_figure(kernels, ceilings(result.compute), ceilings(result.memory), title));
  }

  void distribution(const DataSummary& data) {
    std::vector<ClassCounts> groups;
    for (std::size_t s = 0; s < data.splits.size() && s < data.count.size(); ++s)
      groups.push_back({data.splits[s], data.count[s]});
    if (groups.empty() || data.classes.empty()) return;
    const std::string title = data.name + ": images per class and split";
    add("classes-" + data.name, title,
        "Images of each class in the splits of " + data.name + "; bars are shares of a split.",
        distribution_figure(data.classes, groups, title));
    const Pack* pack = data.sources.size() > 1 ? pack_named(data.name) : nullptr;
    if (!pack) return;
    std::vector<ClassCounts> sources;
    for (std::size_t i = 0; i < pack->source_names.size(); ++i)
      for (std::size_t s = 0; s < pack->split_names.size(); ++s) {
        ClassCounts group{pack->source_names[i] + ", " + pack->split_names[s],
                          std::vector<std::int64_t>(pack->class_names.size())};
        for (std::size_t row = 0; row < pack->label.size(); ++row)
          if (pack->source[row] == i && pack->split[row] == s)
            ++group.count[static_cast<std::size_t>(pack->label[row])];
        if (std::ranges::any_of(group.count, [](std::int64_t n) { return n > 0; })) sources.push_back(std::move(group));
      }
    const std::string by_source = data.name + ": images per class, source and split";
    add("sources-" + data.name, by_source, "Images of each class by where they come from, split by split.",
        distribution_figure(pack->class_names, sources, by_source));
  }

  void confusion(const ArmResult& arm) {
    const auto* classes = classes_of(arm);
    if (!classes || arm.matrix.total() == 0 || arm.matrix.classes() != static_cast<int>(classes->size())) return;
    const std::string split = arm.runs[0].sets.empty() ? "test images" : arm.runs[0].sets[0].split;
    const std::string title = name_of(arm.arm) + ", " + split;
    const std::string sum =
        arm.runs.size() > 1 ? str(", summed over ", arm.runs.size(), " seeds") : ", " + seeds_of(arm);
    add("confusion-" + arm.arm.name, title,
        "Confusion matrix of " + name_of(arm.arm) + " on " + split + sum +
            ". Rows are true classes in per cent, counts below.",
        confusion_figure(arm.matrix, *classes, title, static_cast<int>(arm.runs.size())));
  }

  void best_figures(const ArmResult& arm) {
    const ArmRun& run = arm.runs[0];
    const auto* classes = classes_of(arm);
    if (!classes || run.probabilities.extent(1) != static_cast<Index>(classes->size())) return;
    const std::string name = name_of(arm.arm), facts = about(run);
    const auto titled = [&](const char* what) { return name + ": " + what; };
    add("pr-roc", titled("precision, recall and ROC"),
        "Each class against the rest, " + facts +
            ". AP: average precision, AUC: area under the ROC curve; chance is "
            "the class's share and 0.5.",
        pr_roc_figure(run.probabilities, run.labels, *classes, titled("precision, recall and ROC"), facts));
    const fs::path checkpoint = checkpoint_of(arm.arm, run);
    calibration(run, checkpoint, titled("reliability"), facts);
    const Pack* pack = pack_named(arm.arm.data);
    if (!pack || pack->class_names != *classes || run.rows.empty() || run.rows.back() >= pack->size()) return;
    const Answers answers{*pack, run.rows, run.probabilities};
    add("mistakes", titled("surest mistakes"),
        "Wrong answers of the highest probability, " + facts + ": label → answer.",
        mistakes_sheet(answers, 32, titled("surest mistakes"), facts));
    add("surest", titled("surest answers"), "Per class the answers of the highest probability, " + facts + ".",
        confident_sheet(answers, 8, titled("surest answers"), facts));
    if (checkpoint.empty()) return;
    const auto network = load_model(checkpoint);
    const std::string where = titled("where it looked");
    if (auto canvas = attention_figure(*network, answers, 2, where, facts))
      add("grad-cam", where, "Grad-CAM of the surest right and wrong answers of each class, " + facts + ".",
          std::move(*canvas));
    squeeze(arm, *network, answers);
  }

  // Before and after where the run's network has a temperature; its probabilities are the calibrated ones.
  void calibration(const ArmRun& run, const fs::path& checkpoint, const std::string& title, const std::string& facts) {
    std::vector<ReliabilityPanel> panels{{"", reliability(run.probabilities, run.labels)}};
    if (!checkpoint.empty()) {
      const Calibration fitted = read_checkpoint_notes(checkpoint).calibration;
      if (!fitted.split.empty() && fitted.temperature != 1) {
        Tensor logits = run.probabilities.clone();
        for (float& v : logits.span()) v = fitted.temperature * std::log(std::max(v, 1e-30f));
        panels[0].name = "temperature " + fixed(fitted.temperature, 2) + " from " + fitted.split;
        panels.insert(panels.begin(), {"before calibration", reliability(softmax(logits), run.labels)});
      }
    }
    add("reliability", title, "Share of right answers over the probability of the answer, " + facts + ".",
        reliability_figure(panels, title, facts));
  }

  // Of the best arm or, when it has no SE blocks, of the best one that has.
  void squeeze(const ArmResult& best, Model& network, const Answers& answers) {
    const auto draw = [&](const ArmResult& arm, Model& model, const Answers& of) {
      const std::string title = name_of(arm.arm) + ": what squeeze-and-excitation lets through",
                        facts = about(arm.runs[0]);
      auto canvas = squeeze_figure(model, of, 48, title, "up to 48 images per class of " + facts);
      if (canvas)
        add("se-attention", title, "Scales of the SE blocks per class, up to 48 images of each, " + facts + ".",
            std::move(*canvas));
      return canvas.has_value();
    };
    if (draw(best, network, answers)) return;
    for (const ArmResult& arm : results_.arms) {
      if (&arm == &best || arm.arm.data != best.arm.data || arm.runs.empty()) continue;
      const ArmRun& run = arm.runs[0];
      const fs::path path = checkpoint_of(arm.arm, run);
      if (path.empty() || run.rows.empty() || run.rows.back() >= answers.pack.size()) continue;
      const ModelConfig config = read_checkpoint_notes(path).model;
      if (!config.se || (config.name != "se_cnn" && config.name != "se_resnet")) continue;
      const auto model = load_model(path);
      if (draw(arm, *model, {answers.pack, run.rows, run.probabilities})) return;
    }
  }

  const StudyResults& results_;
  const Study& study_;
  const StudyOptions& options_;
  std::map<std::string, Pack> packs_;
  std::vector<StudyFigure> figures_;
};

}  // namespace

std::vector<StudyFigure> study_figures(const StudyResults& results, const Study& study, const StudyOptions& options) {
  return Painter(results, study, options).paint();
}

}  // namespace mueca
