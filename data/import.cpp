#include "data/import.h"

#include <algorithm>
#include <array>

namespace mueca {
namespace {

constexpr std::array<std::string_view, 5> kSplits{"training", "public_test", "private_test", "validation", "test"};
constexpr Index kBlockRows = 1024;

}  // namespace

void ImportReport::skip(std::string problem) {
  ++bad;
  if (problems.size() < kDescribed) problems.push_back(std::move(problem));
}

void PackBuilder::add(std::span<const std::uint8_t> pixels, int label, std::string_view split, std::uint32_t row,
                      std::uint32_t clip) {
  const auto known = std::find(kSplits.begin(), kSplits.end(), split);
  check(known != kSplits.end(), "pack: unknown split \"", split, "\"");
  check((rows() + 1) * static_cast<Index>(pixels.size()) <= kMostPixels, "pack: more than ", kMostPixels, " pixels");
  if (rows() % kBlockRows == 0) blocks_.emplace_back().reserve(static_cast<std::size_t>(kBlockRows) * pixels.size());
  blocks_.back().insert(blocks_.back().end(), pixels.begin(), pixels.end());
  label_.push_back(label);
  split_.push_back(static_cast<std::uint8_t>(known - kSplits.begin()));
  row_.push_back(row);
  clip_.push_back(clip);
}

Pack PackBuilder::finish(int height, int width, const std::string& source, std::string provenance) {
  Pack pack = make_pack(rows(), height, width);
  auto out = pack.images.span<std::uint8_t>().begin();
  for (auto& block : blocks_) {
    out = std::copy(block.begin(), block.end(), out);
    std::vector<std::uint8_t>().swap(block);  // given back as we go: the peak is one pack and one block
  }
  blocks_.clear();
  std::array<std::uint8_t, kSplits.size()> place{};
  for (std::size_t s = 0; s < kSplits.size(); ++s) {
    if (std::find(split_.begin(), split_.end(), s) == split_.end()) continue;
    place[s] = static_cast<std::uint8_t>(pack.split_names.size());
    pack.split_names.emplace_back(kSplits[s]);
  }
  for (std::size_t i = 0; i < split_.size(); ++i) pack.split[i] = place[split_[i]];
  pack.label = std::move(label_);
  pack.row = std::move(row_);
  if (std::any_of(clip_.begin(), clip_.end(), [](auto clip) { return clip > 0; })) pack.clip = std::move(clip_);
  pack.class_names = emotion_names();
  pack.source_names = {source};
  pack.provenance = std::move(provenance);
  *this = PackBuilder();
  return pack;
}

}  // namespace mueca
