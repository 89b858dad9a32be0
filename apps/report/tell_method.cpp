// Sections "Method" and "How to rerun".
#include <algorithm>
#include <nlohmann/json.hpp>

#include "apps/progress.h"
#include "apps/report/sections.h"
#include "core/error.h"
#include "core/files/atomic_file.h"
#include "nn/fields.h"

namespace mueca {
namespace {

RunConfig config_of(const Study& study, const StudyArm& arm, const StoryOptions& options) {
  return arm_config(study, arm, arm.seeds.front(), options.study);
}

std::string network_of(const RunConfig& config) {
  if (config.model.name == "hog_svm") return config.svm.features + " features, SVM, " + config.svm.kernel;
  std::string words = config.model.name;
  if (!config.model.variant.empty()) words += ", " + config.model.variant;
  if (config.model.width != 1) words += ", width " + field_text(config.model.width);
  if (config.model.depth) words += str(", depth ", config.model.depth);
  return words;
}

std::string views_in_words(const std::string& views) {
  if (views == "flip") return "image and mirror image";
  if (views == "ten_crop") return "ten crops";
  return views == "center" ? "one view" : views;
}

std::string seeds_of(const StudyArm& arm) {
  std::string words;
  for (const std::uint64_t seed : arm.seeds) words += str(words.empty() ? "" : ", ", seed);
  return words;
}

Table method_table(const Study& study, const StudyResults& results, const StoryOptions& options) {
  Table table;
  table.title = "The arms and their protocols";
  table.columns = {
      {"arm", false},       {"network", false}, {"input"}, {"seeds"}, {"trained on", false}, {"epoch chosen on", false},
      {"tested on", false}, {"seen as", false}};
  for (const StudyArm& arm : study.arms) {
    std::vector<std::string> row = {label_of(arm)};
    if (trains(arm.kind)) {
      const RunConfig config = config_of(study, arm, options);
      row.insert(row.end(), {network_of(config), str(config.model.size, " × ", config.model.size), seeds_of(arm),
                             (study.data.size() > 1 ? arm.data + ": " : "") + config.data.train_on,
                             config.data.select_on, arm.supporting ? "-" : config.data.test_on});
    } else {
      const auto result = std::ranges::find(results.arms, arm.name, [](const ArmResult& r) { return r.arm.name; });
      row.insert(row.end(), {std::string(name_of(arm.kind)), "-", "-", "-", "-",
                             result == results.arms.end() ? "-" : result->tested_on});
    }
    row.push_back(views_in_words(arm.views));
    table.add(std::move(row));
  }
  return table;
}

std::string schedule_of(const RunConfig& config) {
  std::string rate = field_text(config.schedule.lr), kind = config.schedule.kind;
  std::replace(kind.begin(), kind.end(), '_', ' ');
  return "learning rate " + rate + " (" + kind + ")";
}

// How an arm is trained, as one sentence.
Words recipe_of(const Study& study, const StudyArm& arm, const StoryOptions& options) {
  Words words = {strong(label_of(arm)), ": "};
  if (arm.kind == ArmKind::ensemble) {
    std::string names;
    for (const std::string& member : arm.members) names += (names.empty() ? "" : ", ") + label_of(study, member);
    words.emplace_back("nothing is trained; the probabilities of " + names + " are averaged, seed by seed");
  } else if (arm.kind == ArmKind::majority) {
    words.emplace_back("nothing is trained; every image gets the classes' frequencies in training");
  } else if (arm.kind == ArmKind::checkpoint) {
    words.emplace_back("nothing is trained; a network that was trained before answers");
  } else {
    const RunConfig c = config_of(study, arm, options);
    if (c.model.name == "hog_svm") {
      words.emplace_back("C = " + field_text(c.svm.c));
      if (c.svm.kernel == "rbf") words.emplace_back(", gamma = " + field_text(c.svm.gamma));
    } else {
      words.emplace_back(str(c.train.epochs, c.train.epochs == 1 ? " epoch" : " epochs", " in batches of ",
                             c.train.batch, " by ", c.optimizer.kind, ", ", schedule_of(c), ", augmentation ",
                             c.preset));
      if (c.optimizer.weight_decay > 0) words.emplace_back(", weight decay " + field_text(c.optimizer.weight_decay));
      if (c.model.dropout > 0) words.emplace_back(", dropout " + field_text(c.model.dropout));
      if (c.train.label_smoothing > 0) words.emplace_back(", label smoothing " + field_text(c.train.label_smoothing));
      if (c.train.ema > 0) words.emplace_back(", averaged weights (decay " + field_text(c.train.ema) + ")");
      if (c.data.soft_targets) words.emplace_back(", votes as targets");
      if (c.data.sampling != "natural") words.emplace_back(", sampling " + c.data.sampling);
    }
    if (!c.data.limit.empty()) words.insert(words.end(), {", limited to ", code(c.data.limit), " of each split"});
    if (!arm.weights.empty())
      words.insert(words.end(), {", from ", code(std::filesystem::path(arm.weights).filename().string())});
    if (!arm.start_from.empty()) words.emplace_back(", from the weights of " + label_of(study, arm.start_from));
  }
  if (arm.supporting) words.emplace_back("; trained for other arms' sake");
  if (!arm.note.empty()) {
    words.emplace_back("; ");
    for (Span& span : marked_up(arm.note)) words.push_back(std::move(span));
  }
  if (!words.back().words.ends_with('.')) words.emplace_back(".");
  return words;
}

// What the manifest sets, for all arms and for each.
std::string settings_of(const Study& study) {
  std::string lines;
  const auto list = [&](const std::string& head, const std::vector<Assignment>& values) {
    if (values.empty()) return;
    lines += (lines.empty() ? "" : "\n") + head + "\n";
    for (const Assignment& a : values) lines += "  " + a.key + " = " + a.value + "\n";
  };
  list("all arms", study.recipe);
  for (const StudyArm& arm : study.arms) list(arm.name, arm.values);
  return lines;
}

Table times_table(const StudyResults& results) {
  Table table;
  table.title = "Time and memory: the only figures here that differ when the study is made again";
  table.columns = {{"arm", false}, {"seed"}, {"epochs"}, {"training"}, {"images/s"}, {"peak memory GiB"}};
  for (const ArmResult& arm : results.arms)
    for (const ArmRun& run : arm.runs)
      if (run.run.seconds > 0)
        table.add({label_of(arm.arm), str(run.seed), str(run.run.epochs_done), clock_text(run.run.seconds),
                   fixed(run.run.images_per_second, 0), fixed(run.run.peak_memory_gib, 2)});
  return table;
}

}  // namespace

void tell_method(Teller& to, const Study& study, const StudyResults& results, const StoryOptions& options) {
  to.section("Method");
  to.prose(study.about);
  if (!study.profile.empty() && !study.profiles.empty())
    to.say({"Profile in force: ", code(study.profile), ". Other profiles give other figures."});
  to.table("method", method_table(study, results, options));
  std::vector<Words> chosen_on_test, recipes;
  for (const StudyArm& arm : study.arms) recipes.push_back(recipe_of(study, arm, options));
  for (const ArmResult& arm : results.arms)
    if (arm.chosen_on == arm.tested_on) chosen_on_test.push_back({strong(label_of(arm.arm))});
  to.items(std::move(recipes));
  if (!chosen_on_test.empty()) {
    to.caution({"These arms choose their epoch on the images that they are tested on, so their figures flatter:"});
    to.items(std::move(chosen_on_test));
  }
  to.say(
      {"Accuracy is the share of test images whose label is the most probable class; macro-F1 is the mean of the "
       "classes' F1; ECE is the expected calibration error in 15 bins. Intervals are 95 %."});
  to.details("Settings, as the manifest states them", settings_of(study));
}

void tell_again(Teller& to, const Study& study, const StudyResults& results, const StoryOptions& options) {
  to.section("How to rerun");
  for (const StudyData& data : study.data)
    if (!data.pack.empty()) {
      const auto used = std::find_if(results.data.begin(), results.data.end(),
                                     [&](const DataSummary& other) { return other.name == data.name; });
      to.say({"The data set ", code(data.name), " is not made by the study: the manifest names its pack",
              used == results.data.end() ? Words{"."}[0] : Span(", which had the SHA-256 given under Data.")});
    }
  // As it can be typed again: a manifest that does not come with mueca is named by its file.
  const std::filesystem::path file = study.file;
  const bool shipped = file.empty() || std::ranges::count(shipped_studies(), file) > 0;
  const std::string name = shipped ? study.name : file.filename().string();
  const std::string profile = study.profiles.empty() ? "" : " --profile " + study.profile;
  to.commands("./run build\nbuild/mueca study run " + name + profile + "\nbuild/mueca study report " + name + profile);
  Words words = {
      "Runs that are there already are kept. The same command with the same number of threads on the same kind "
      "of machine gives the same bytes, this page's included."};
  to.say(std::move(words));
  if (options.made_with) {
    const MadeWith& m = *options.made_with;
    to.facts(
        {{"Program", {"mueca " + m.version + ", commit ", code(m.commit)}},
         {"Compiler", {m.compiler}},
         {"Machine", {m.cpu + ", " + m.instructions + str(", ", m.threads, m.threads == 1 ? " thread" : " threads")}}});
  }
  if (options.times) to.table("times", times_table(results));
}

std::optional<MadeWith> read_made_with(const std::filesystem::path& run) {
  try {
    const auto j = nlohmann::json::parse(read_file(run / "env.json", 1 << 20));
    return MadeWith{j.at("mueca").at("version"), j.at("mueca").at("commit"),       j.at("build").at("compiler"),
                    j.at("machine").at("cpu"),   j.at("build").at("instructions"), j.at("threads")};
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace mueca
