// mueca data import: CSV, picture folders and packs become one pack.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>

#include "apps/cmd_data.h"
#include "data/folders.h"
#include "data/kaggle_csv.h"
#include "data/merge.h"
#include "data/votes.h"

namespace mueca {
namespace {

struct ImportArguments {
  std::vector<std::string> inputs;
  std::string out, votes, labels, name;
  ImportOptions options;
  bool relabel = false, drop_unclear = false, drop_nonface = false;
};

Pack import_one(const std::string& input, const ImportOptions& options, ImportReport& report) {
  const std::filesystem::path path(input);
  if (std::filesystem::is_directory(path)) return import_folders(path, options, report);
  const std::string ending = lowercase(path.extension().string());
  if (ending != ".h5" && ending != ".hdf5") return import_kaggle_csv(path, options, report);
  Pack pack = load_pack(path);
  report.rows += pack.size();
  return pack;
}

// Leaves out the other rows and says how many these were.
void keep_rows(Pack& pack, const std::vector<Index>& rows, const char* what) {
  const Index left_out = pack.size() - static_cast<Index>(rows.size());
  std::cerr << "left out " << left_out << " " << what << "\n";
  check(!rows.empty(), "import: no row is left without ", what);
  pack = select_rows(pack, rows);
  pack.provenance += str("left out: ", left_out, " ", what, "\n");
}

void use_votes(Pack& pack, const ImportArguments& arguments) {
  if (arguments.drop_nonface) keep_rows(pack, rows_with_faces(pack), "images that all votes call no face");
  if (arguments.drop_unclear || arguments.relabel)
    keep_rows(pack, rows_with_majority(pack), "images without a majority for one of the emotions");
  if (arguments.relabel) relabel_by_majority(pack);
}

int import(const ImportArguments& arguments) {
  ImportOptions options = arguments.options;
  options.labels.add(arguments.labels);
  ImportReport report;
  std::vector<Pack> packs;
  for (const auto& input : arguments.inputs) {
    options.source = packs.empty() ? arguments.name : "";
    packs.push_back(import_one(input, options, report));
    if (packs.size() == 1 && !arguments.votes.empty()) attach_votes(packs[0], arguments.votes);
  }
  Pack pack = packs.size() == 1 ? std::move(packs[0]) : merge_packs(packs, options.labels);
  packs.clear();
  use_votes(pack, arguments);
  save_pack(pack, arguments.out);

  for (const auto& problem : report.problems) std::cerr << "skipped " << problem << "\n";
  const auto described = static_cast<Index>(report.problems.size());
  if (report.bad > described) std::cerr << "skipped " << report.bad - described << " more bad rows\n";
  if (report.bad > 0) std::cerr << report.bad << " bad rows skipped, " << report.rows << " rows taken\n";
  if (report.dropped > 0) std::cerr << report.dropped << " rows left out by the label map\n";
  for (const auto& note : report.notes) std::cerr << "note: " << note << "\n";
  print_saved(arguments.out, pack);
  return kExitOk;
}

}  // namespace

Action declare_data_import(CLI::App& app) {
  auto a = std::make_shared<ImportArguments>();
  app.add_option(
         "input", a->inputs,
         "FER2013 CSV (also .xz), folder split/emotion/picture or split/emotion/clip/frame, or pack; several: one "
         "merged pack")
      ->required();
  app.add_option("-o,--out", a->out, "The pack to write")->required();
  app.add_option("--votes", a->votes, "FER+ votes (fer2013new.csv, also .xz) for the rows of the first input");
  app.add_flag("--relabel", a->relabel, "Labels by the majority of the votes; images without one are left out");
  app.add_flag("--drop-unclear", a->drop_unclear, "Leave out images whose votes have no majority for an emotion");
  app.add_flag("--drop-nonface", a->drop_nonface, "Leave out images that all votes call no face");
  app.add_option("--labels", a->labels, "More label names: \"joy=happy,contempt=-\"; - leaves the rows out");
  app.add_option("--size", a->options.size, "Side of pictures from folders, in pixels")->capture_default_str();
  app.add_option("--name", a->name, "Name of the first source; default: its file name");
  app.add_flag("--skip-bad", a->options.skip_bad, "Count and report bad rows instead of stopping at the first");
  return [a] { return import(*a); };
}

}  // namespace mueca
