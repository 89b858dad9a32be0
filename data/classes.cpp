#include "data/classes.h"

#include <algorithm>

namespace mueca {

Pack select_classes(const Pack& pack, std::span<const std::string> classes) {
  check(classes.size() >= 2, "classes: expected at least two, got ", classes.size());
  std::vector<std::int32_t> number(pack.class_names.size(), -1);  // old index -> new one
  for (std::size_t k = 0; k < classes.size(); ++k) {
    auto& at = number[static_cast<std::size_t>(pack.class_index(classes[k]))];
    check(at < 0, "classes: \"", classes[k], "\" is there twice");
    at = static_cast<std::int32_t>(k);
  }
  std::vector<Index> rows;
  for (Index i = 0; i < pack.size(); ++i)
    if (number[static_cast<std::size_t>(pack.label[static_cast<std::size_t>(i)])] >= 0) rows.push_back(i);
  check(!rows.empty(), "classes: the pack has no images of them");
  Pack out = select_rows(pack, rows);
  for (auto& label : out.label) label = number[static_cast<std::size_t>(label)];
  out.class_names.assign(classes.begin(), classes.end());
  out.provenance += "classes:";
  for (const std::string& name : classes) out.provenance += " " + name;
  out.provenance += "\n";
  return out;
}

}  // namespace mueca
