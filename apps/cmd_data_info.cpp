// mueca data info: what is in a pack and where it comes from.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <set>

#include "apps/cmd_data.h"
#include "core/files/atomic_file.h"
#include "data/info.h"

namespace mueca {
namespace {

struct InfoArguments {
  std::string pack, csv;
};

// Provenance comes out of a file: no control characters reach the terminal.
std::string plain(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return (c < 0x20 && c != '\n') || c == 0x7F; }, ' ');
  return text;
}

int info(const InfoArguments& arguments) {
  const Pack pack = load_pack(arguments.pack);
  Table table = counts_table(pack);
  if (!arguments.csv.empty()) write_file_atomically(arguments.csv, csv_table(table));
  const auto copies = std::count_if(pack.copy.begin(), pack.copy.end(), [](int copy) { return copy > 0; });
  table.notes.push_back(str(pack.height, " x ", pack.width, " pixels, ", pack.has_votes() ? "with" : "without",
                            " votes, ", copies, " augmented copies"));
  if (pack.has_clips()) {
    const auto clips = std::set<std::uint32_t>(pack.clip.begin(), pack.clip.end());
    const auto stills = std::count(pack.clip.begin(), pack.clip.end(), 0u);
    table.notes.push_back(str(clips.size() - clips.count(0), " clips of ", pack.size() - stills, " frames, ", stills,
                              " stills; the table counts frames"));
  }
  const Counts counts = count_classes(pack);
  for (std::size_t s = 0; s < counts.size(); ++s)
    if (is_merged_fer2013_test(counts[s]))
      table.notes.push_back(pack.split_names[s] + " is FER2013's PublicTest and PrivateTest together");
  print_table(table);
  std::cout << "sha256 " << pack.sha256 << "\n" << plain(pack.provenance);
  return kExitOk;
}

}  // namespace

Action declare_data_info(CLI::App& app) {
  auto a = std::make_shared<InfoArguments>();
  app.add_option("pack", a->pack, "The pack")->required();
  app.add_option("--csv", a->csv, "Write the table to this file, too");
  return [a] { return info(*a); };
}

}  // namespace mueca
