// Packs back into files that other tools read.
#pragma once
#include <filesystem>
#include <span>

#include "data/pack.h"

namespace mueca {

// The Kaggle CSV (emotion,pixels,Usage): FER2013's numbers for its seven classes, names for others. Atomic.
void export_csv(const Pack& pack, std::span<const Index> rows, const std::filesystem::path& path);

// folder/split/class/source-row[-copy].png. The folder must not exist; it appears when it is complete. Needs OpenCV.
void export_folders(const Pack& pack, std::span<const Index> rows, const std::filesystem::path& folder);

// One line of a contact sheet: a title (ASCII) and the images beside it.
struct SheetLine {
  std::string title;
  std::vector<Index> rows;
};
// `per_class` images of each class drawn by seed, from one split (empty: from all), titled "class (count)".
std::vector<SheetLine> class_lines(const Pack& pack, std::string_view split, Index per_class, std::uint64_t seed);
// A PNG picture of the lines, each image magnified `scale` times. Atomic. Needs OpenCV.
void save_contact_sheet(const Pack& pack, std::span<const SheetLine> lines, int scale,
                        const std::filesystem::path& path);

}  // namespace mueca
