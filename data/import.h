// What every importer shares: its options, what it reports, and the pack growing row by row.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/label_map.h"
#include "data/pack.h"

namespace mueca {

struct ImportOptions {
  LabelMap labels;
  bool skip_bad = false;  // count and report bad rows instead of failing at the first
  int size = 48;          // side of the images, for sources that are resized (folders)
  std::string source;     // name of the source; empty: the file's or folder's name
};

struct ImportReport {
  static constexpr std::size_t kDescribed = 20;  // bad rows that are described, not only counted

  Index rows = 0;                     // taken into the pack
  Index dropped = 0;                  // left out because their label maps to "-"
  Index bad = 0;                      // skipped
  std::vector<std::string> problems;  // the first kDescribed bad rows
  std::vector<std::string> notes;     // worth knowing, e.g. that `test` is two splits in one

  void skip(std::string problem);
};

// Collects rows of unknown number without ever holding the pixels three times over.
class PackBuilder {
 public:
  static constexpr int kLargestSide = 512;              // pixels
  static constexpr Index kMostPixels = Index{8} << 30;  // of a whole pack

  void add(std::span<const std::uint8_t> pixels, int label, std::string_view split, std::uint32_t row,
           std::uint32_t clip = 0);
  Index rows() const { return static_cast<Index>(label_.size()); }
  // The pack of one source; the builder is empty afterwards. Splits are listed in the usual order.
  Pack finish(int height, int width, const std::string& source, std::string provenance);

 private:
  std::vector<std::vector<std::uint8_t>> blocks_;  // pixels of kBlockRows rows each
  std::vector<std::int32_t> label_;
  std::vector<std::uint8_t> split_;
  std::vector<std::uint32_t> row_, clip_;
};

}  // namespace mueca
