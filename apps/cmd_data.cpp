// mueca data: makes packs, looks into them, and makes new packs from them.
#include <iostream>

#include "apps/cmd_data.h"
#include "apps/terminal.h"
#include "data/info.h"

namespace mueca {

Action declare_data(CLI::App& app) {
  static const Command commands[] = {
      {"import", "Make a pack of a CSV, picture folders or other packs", declare_data_import},
      {"info", "Images per split and class, and where they come from", declare_data_info},
      {"split", "Deal all images to new splits, the same shares of each class", declare_data_split},
      {"balance", "The same number of images for each class", declare_data_balance},
      {"twins", "Pixel-identical images within and across splits", declare_data_twins},
      {"export", "A pack as CSV, picture folders or contact sheet", declare_data_export},
      {"faces", "Draw the built-in faces: a pack without a download", declare_data_faces},
      {"upscale", "The same pack with larger images", declare_data_upscale},
      {"train-upscaler", "Train the network of 'upscale --method espcn'", declare_data_train_upscaler},
  };
  return declare_group(app, commands);
}

Table counts_table(const Pack& pack) {
  Table table;
  table.columns.push_back({"split", false});
  for (const auto& name : pack.class_names) table.columns.push_back({name});
  table.columns.push_back({"total"});
  const Counts counts = count_classes(pack);
  std::vector<Index> totals(pack.class_names.size() + 1);
  const auto add_row = [&](const std::string& name, const std::vector<Index>& values) {
    std::vector<std::string> cells{name};
    for (const Index value : values) cells.push_back(std::to_string(value));
    table.add(std::move(cells));
  };
  for (std::size_t s = 0; s < counts.size(); ++s) {
    std::vector<Index> values = counts[s];
    values.push_back(0);
    for (const Index count : counts[s]) values.back() += count;
    for (std::size_t k = 0; k < values.size(); ++k) totals[k] += values[k];
    add_row(pack.split_names[s], values);
  }
  if (counts.size() > 1) add_row("all", totals);
  return table;
}

void print_table(const Table& table) { std::cout << terminal_table(table, wants_color(1)); }

void print_saved(const std::string& path, const Pack& pack) {
  print_table(counts_table(pack));
  std::cerr << path << ": " << pack.size() << " images of " << pack.height << " x " << pack.width << " pixels, sha256 "
            << pack.sha256 << "\n";
}

}  // namespace mueca
