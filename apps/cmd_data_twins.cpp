// mueca data twins: pixel-identical images, and what leaked between splits.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "apps/cmd_data.h"
#include "core/files/atomic_file.h"
#include "data/export.h"
#include "data/twins.h"

namespace mueca {
namespace {

struct TwinsArguments {
  std::string pack, csv, sheet, out;
  bool drop_contradictory = false;
};

Table shared_table(const Pack& pack, const TwinCounts& counts) {
  Table table;
  table.columns = {{"split", false}, {"with twins in", false}, {"images"}, {"%"}, {"other label"}};
  for (const auto& name : pack.class_names) table.columns.push_back({name});
  table.columns.push_back({"copies"});
  for (std::size_t a = 0; a < pack.split_names.size(); ++a) {
    const auto images = static_cast<double>(pack.rows_of(pack.split_names[a]).size());
    for (std::size_t b = 0; b < pack.split_names.size(); ++b) {
      const Shared& shared = counts.shared[a][b];
      std::vector<std::string> cells{
          pack.split_names[a], a == b ? "itself" : pack.split_names[b], std::to_string(shared.images),
          percent(static_cast<double>(shared.images) / images, 1), std::to_string(shared.other_label)};
      for (const Index count : shared.per_class) cells.push_back(std::to_string(count));
      cells.push_back(a == b ? "-" : std::to_string(shared.copies));
      table.add(std::move(cells));
    }
  }
  table.notes = {str(counts.unique, " different images of ", pack.size(), ", ", counts.excess, " excess copies"),
                 str(counts.contradictory_groups, " groups of twins with different labels, ",
                     counts.contradictory_images, " images in them"),
                 "other label: disagrees with at least one of these twins; copies: augmented from the same image"};
  return table;
}

// Groups with different labels, titled with the labels in the order of the images.
std::vector<SheetLine> contradictory_lines(const Pack& pack, const Twins& twins) {
  std::vector<SheetLine> lines;
  for (const auto& group : twins.groups) {
    SheetLine line{"", group};
    bool differs = false;
    for (const Index row : group) {
      const auto label = static_cast<std::size_t>(pack.label[static_cast<std::size_t>(row)]);
      differs |= pack.label[static_cast<std::size_t>(row)] != pack.label[static_cast<std::size_t>(group.front())];
      line.title += (line.title.empty() ? "" : " ") + pack.class_names[label];
    }
    if (differs) lines.push_back(std::move(line));
  }
  return lines;
}

int twins(const TwinsArguments& arguments) {
  const Pack pack = load_pack(arguments.pack);
  const Twins found = find_twins(pack);
  const Table table = shared_table(pack, count_twins(pack, found));
  print_table(table);
  if (!arguments.csv.empty()) write_file_atomically(arguments.csv, csv_table(table));
  if (!arguments.sheet.empty()) save_contact_sheet(pack, contradictory_lines(pack, found), 1, arguments.sheet);
  if (!arguments.out.empty()) {
    Pack unique = select_rows(pack, rows_without_copies(pack, found, arguments.drop_contradictory));
    unique.provenance += str("without twins", arguments.drop_contradictory ? " and contradictory groups" : "", ": ",
                             unique.size(), " of ", pack.size(), " images\n");
    save_pack(unique, arguments.out);
    print_saved(arguments.out, unique);
  }
  return kExitOk;
}

}  // namespace

Action declare_data_twins(CLI::App& app) {
  auto a = std::make_shared<TwinsArguments>();
  app.add_option("pack", a->pack, "The pack")->required();
  app.add_option("--csv", a->csv, "Write the table to this file, too");
  app.add_option("--sheet", a->sheet, "Write a picture (PNG) of the twins with different labels");
  app.add_option("-o,--out", a->out, "Write a pack with one image of each group; test splits keep theirs");
  app.add_flag("--drop-contradictory", a->drop_contradictory, "With --out: groups with different labels go altogether");
  return [a] { return twins(*a); };
}

}  // namespace mueca
