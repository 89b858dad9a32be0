// mueca chat finetune: training data from emotional dialogues, and the jobs that learn from it.
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "apps/chat/finetune/prepare.h"
#include "apps/chat/finetune/validate.h"
#include "apps/chat/system_prompt.h"
#include "apps/cmd_chat_finetune.h"
#include "apps/cmd_data.h"
#include "apps/terminal.h"
#include "core/files/atomic_file.h"
#include "core/files/sha256.h"
#include "data/pack.h"

namespace mueca {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostShown = 20;  // problems on the screen; rejects.txt has the rest

struct PrepareArguments {
  std::vector<std::string> files;
  std::string out, format = "auto", system;
  ImportOptions import;
  PrepareOptions prepare;
  double price = 0;
  int epochs = 3;
  bool overwrite = false;
};

void print_problems(const std::vector<std::string>& problems, Index count) {
  for (std::size_t i = 0; i < std::min(problems.size(), kMostShown); ++i) std::cerr << "  " << problems[i] << "\n";
  if (count > static_cast<Index>(kMostShown))
    std::cerr << "  ... and " << count - static_cast<Index>(kMostShown) << " more\n";
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

Table split_table(const Prepared& prepared) {
  Table table;
  table.columns = {{"split", false}, {"dialogues"}, {"examples"}, {"tokens (estimate)"}};
  for (const std::string& name : emotion_names()) table.columns.push_back({name});
  table.columns.push_back({"no note"});
  for (const auto& [name, split] :
       {std::pair{"training", &prepared.training}, std::pair{"validation", &prepared.validation}}) {
    std::vector<std::string> cells{name, std::to_string(split->dialogues), std::to_string(split->lines.size()),
                                   std::to_string(split->tokens)};
    for (const std::int64_t count : split->emotions) cells.push_back(std::to_string(count));
    table.add(std::move(cells));
  }
  return table;
}

nlohmann::ordered_json split_record(const PreparedSplit& split) {
  nlohmann::ordered_json emotions;
  for (std::size_t k = 0; k < split.emotions.size(); ++k)
    emotions[k < emotion_names().size() ? emotion_names()[k] : "no note"] = split.emotions[k];
  return {{"dialogues", split.dialogues},
          {"examples", split.lines.size()},
          {"tokens", split.tokens},
          {"emotions", emotions}};
}

int prepare(PrepareArguments a) {
  a.import.format = dialogue_format(a.format);
  if (!a.system.empty()) {
    TextRepairs ignored;
    a.prepare.persona = repaired_text(read_file(a.system, 64 << 10), ignored);
    check(!a.prepare.persona.empty(), a.system, ": is empty, expected who the model is to be");
  }
  const fs::path out = a.out;
  for (const char* name : {"train.jsonl", "validation.jsonl", "rejects.txt", "summary.json"})
    check(a.overwrite || !fs::exists(out / name), (out / name).string(), ": is there already; --overwrite replaces it");
  ImportReport report;
  std::vector<Dialogue> dialogues;
  nlohmann::ordered_json sources = nlohmann::ordered_json::array();
  for (const std::string& file : a.files) {
    std::vector<Dialogue> more = import_dialogues(file, a.import, report);
    sources.push_back(
        {{"file", fs::path(file).filename().string()}, {"sha256", sha256_file(file)}, {"dialogues", more.size()}});
    dialogues.insert(dialogues.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  const Prepared prepared = prepare_examples(dialogues, a.prepare, report);
  if (report.rejected) {
    std::cerr << report.rejected << " rejected:\n";
    print_problems(report.rejects, report.rejected);
  }
  check(!prepared.training.lines.empty(), "no training example came out of ", a.files.size(), " file(s) with ",
        dialogues.size(), " dialogues");
  const TextRepairs& repairs = report.repairs;
  const nlohmann::ordered_json summary{
      {"sources", sources},
      {"labels", a.import.labels},
      {"seed", a.prepare.seed},
      {"validation_share", a.prepare.validation},
      {"history", a.prepare.history},
      {"utterances", report.utterances},
      {"rejected", report.rejected},
      {"duplicates", prepared.duplicates},
      {"repaired_bytes",
       {{"windows_1252", repairs.windows_1252}, {"lost", repairs.lost}, {"controls", repairs.controls}}},
      {"training", split_record(prepared.training)},
      {"validation", split_record(prepared.validation)}};
  // A validation file without lines would be refused by trainers; an old one must not stay beside new training data.
  const std::string validation = joined(prepared.validation.lines);
  write_file_atomically(out / "train.jsonl", joined(prepared.training.lines));
  if (validation.empty())
    fs::remove(out / "validation.jsonl");
  else
    write_file_atomically(out / "validation.jsonl", validation);
  write_file_atomically(out / "rejects.txt", joined(report.rejects));
  write_file_atomically(out / "summary.json", summary.dump(2) + "\n");

  print_table(split_table(prepared));
  const auto trained = static_cast<double>(prepared.training.tokens) * a.epochs;
  std::cout << "\nabout " << std::llround(trained) << " tokens to train on in " << a.epochs << " epochs";
  if (a.price > 0) std::cout << ", about " << fixed(trained / 1e6 * a.price, 2) << " at " << a.price << " per million";
  std::cout << "\n";
  if (prepared.duplicates) std::cerr << prepared.duplicates << " examples left out: an earlier one is the same\n";
  if (repairs.total())
    std::cerr << "repaired: " << repairs.windows_1252 << " bytes read as Windows-1252, " << repairs.controls
              << " control characters dropped, " << repairs.lost << " bytes lost\n";
  if (prepared.training.lines.size() < static_cast<std::size_t>(ValidationReport::kFewExamples))
    std::cerr << "few examples: " << prepared.training.lines.size() << ", OpenAI asked for at least "
              << ValidationReport::kFewExamples << "\n";
  std::cerr << out.string() << ": train.jsonl" << (validation.empty() ? "" : ", validation.jsonl")
            << ", rejects.txt, summary.json\n";
  return kExitOk;
}

struct ValidateArguments {
  std::vector<std::string> files;
  ValidateOptions options;
};

int validate(const ValidateArguments& a) {
  bool good = true;
  for (const std::string& file : a.files) {
    const ValidationReport report = validate_examples(file, a.options);
    Table table;
    table.title = file;
    table.columns = {{"emotion", false}, {"examples"}, {"tokens (estimate)"}};
    Index tokens = 0;
    for (std::size_t k = 0; k < report.emotions.size(); ++k) {
      table.add({k < emotion_names().size() ? emotion_names()[k] : "no note", std::to_string(report.emotions[k]),
                 std::to_string(report.tokens[k])});
      tokens += report.tokens[k];
    }
    table.add({"all", std::to_string(report.examples), std::to_string(tokens)});
    print_table(table);
    if (report.warned) {
      std::cerr << report.warned << " warnings:\n";
      print_problems(report.warnings, report.warned);
    }
    if (report.bad) {
      std::cerr << report.bad << " bad lines:\n";
      print_problems(report.problems, report.bad);
    }
    good &= report.bad == 0 && report.examples > 0;
  }
  return good ? kExitOk : kExitFailure;
}

Action declare_prepare(CLI::App& app) {
  auto a = std::make_shared<PrepareArguments>();
  a->prepare.persona = persona();
  app.add_option("files", a->files, "EmpatheticDialogues CSV, MELD CSV, ESConv JSON, logs of mueca chat")->required();
  app.add_option("-o,--out", a->out, "The folder for train.jsonl, validation.jsonl, rejects.txt, summary.json")
      ->required();
  app.add_option("--format", a->format, "auto, empathetic, meld, esconv or log")->capture_default_str();
  app.add_option("--labels", a->import.labels, "Other names of emotions: \"joy=happy,contempt=-\"; - is no note");
  app.add_option("--validation", a->prepare.validation, "Share of the dialogues, 0 for none")->capture_default_str();
  app.add_option("--seed", a->prepare.seed, "Deals the dialogues differently")->capture_default_str();
  app.add_option("--confidence", a->prepare.confidence, "That notes state; labels of data sets have none")
      ->capture_default_str();
  app.add_option("--history", a->prepare.history, "Earlier messages that an example repeats")->capture_default_str();
  app.add_option("--max-tokens", a->prepare.most_tokens, "Of an example, estimated")->capture_default_str();
  app.add_flag("--weights", a->prepare.weights, "Mark earlier answers \"weight\": 0, so that each is learned once");
  app.add_option("--system", a->system,
                 "A file that says who the model shall be, as for mueca chat; rules about faces and safety stay");
  app.add_option("--epochs", a->epochs, "For the estimate")->capture_default_str()->check(CLI::Range(1, 1000));
  app.add_option("--price-per-million", a->price, "Your provider's price of a million training tokens")
      ->check(CLI::NonNegativeNumber);
  app.add_flag("--strict", a->import.strict, "Stop at the first bad row instead of leaving it out");
  app.add_flag("--overwrite", a->overwrite, "Replace the files of an earlier run");
  return [a] { return prepare(*a); };
}

Action declare_validate(CLI::App& app) {
  auto a = std::make_shared<ValidateArguments>();
  app.add_option("files", a->files, "Chat JSONL")->required();
  app.add_option("--max-tokens", a->options.most_tokens, "Warn above this estimate")->capture_default_str();
  return [a] { return validate(*a); };
}

}  // namespace

Action declare_chat_finetune(CLI::App& app) {
  static const Command commands[] = {
      {"prepare", "Training data from emotional dialogues", declare_prepare},
      {"validate", "Check chat JSONL line by line", declare_validate},
      {"submit", "Upload it and start a job; a dry run unless --send", declare_finetune_submit},
      {"watch", "Follow a job to its end, over restarts", declare_finetune_watch},
      {"cancel", "Stop a job", declare_finetune_cancel},
  };
  return declare_group(app, commands);
}

}  // namespace mueca
