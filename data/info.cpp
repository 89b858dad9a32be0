#include "data/info.h"

namespace mueca {
namespace {

// PublicTest and PrivateTest of FER2013 together, in the order of emotion_names().
const std::vector<Index> kMergedTest{958, 111, 1024, 1774, 1247, 831, 1233};
constexpr Index kSlack = 8;  // copies differ in a few files

}  // namespace

Counts count_classes(const Pack& pack) {
  Counts counts(pack.split_names.size(), std::vector<Index>(pack.class_names.size()));
  for (std::size_t i = 0; i < pack.label.size(); ++i) ++counts[pack.split[i]][static_cast<std::size_t>(pack.label[i])];
  return counts;
}

bool is_merged_fer2013_test(std::span<const Index> counts) {
  if (counts.size() != kMergedTest.size()) return false;
  for (std::size_t k = 0; k < counts.size(); ++k)
    if (counts[k] < kMergedTest[k] - kSlack || counts[k] > kMergedTest[k] + kSlack) return false;
  return true;
}

}  // namespace mueca
