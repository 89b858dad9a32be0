// mueca data export: packs for other tools and for the eye.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <numeric>

#include "apps/cmd_data.h"
#include "data/export.h"

namespace mueca {
namespace {

struct ExportArguments {
  std::string pack, split, csv, folders, sheet;
  Index per_class = 12;
  int scale = 2;
  std::uint64_t seed = 0;
};

int run_export(const ExportArguments& arguments) {
  if (arguments.csv.empty() && arguments.folders.empty() && arguments.sheet.empty())
    throw UsageError("data export: say what to write: --csv, --folders or --sheet");
  const Pack pack = load_pack(arguments.pack);
  std::vector<Index> rows(static_cast<std::size_t>(pack.size()));
  std::iota(rows.begin(), rows.end(), Index{0});
  if (!arguments.split.empty()) rows = pack.rows_of(arguments.split);
  if (!arguments.csv.empty()) export_csv(pack, rows, arguments.csv);
  if (!arguments.folders.empty()) export_folders(pack, rows, arguments.folders);
  if (!arguments.sheet.empty())
    save_contact_sheet(pack, class_lines(pack, arguments.split, arguments.per_class, arguments.seed), arguments.scale,
                       arguments.sheet);
  return kExitOk;
}

}  // namespace

Action declare_data_export(CLI::App& app) {
  auto a = std::make_shared<ExportArguments>();
  app.add_option("pack", a->pack, "The pack")->required();
  app.add_option("--split", a->split, "Only this split");
  app.add_option("--csv", a->csv, "Write the Kaggle CSV: emotion,pixels,Usage");
  app.add_option("--folders", a->folders, "Write folders split/class/picture.png; the folder must not exist");
  app.add_option("--sheet", a->sheet, "Write a contact sheet (PNG)");
  app.add_option("--per-class", a->per_class, "Images of each class on the sheet")->capture_default_str();
  app.add_option("--scale", a->scale, "Magnification on the sheet")->capture_default_str();
  app.add_option("--seed", a->seed, "Shows other images on the sheet")->capture_default_str();
  return [a] { return run_export(*a); };
}

}  // namespace mueca
