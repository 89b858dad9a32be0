#include "data/split.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <numeric>

#include "core/random.h"
#include "data/twins.h"

namespace mueca {
namespace {

// Rows that must stay together: equal pictures, and copies of one picture, joined through each other.
class Families {
 public:
  explicit Families(Index rows) : parent_(static_cast<std::size_t>(rows)) {
    std::iota(parent_.begin(), parent_.end(), Index{0});
  }
  Index root(Index row) {
    Index& parent = parent_[static_cast<std::size_t>(row)];
    while (parent_[static_cast<std::size_t>(parent)] != parent) parent = parent_[static_cast<std::size_t>(parent)];
    return parent;
  }
  // The smaller row becomes the root, so that the result does not depend on the order of calls.
  void join(Index a, Index b) {
    const auto [low, high] = std::minmax({root(a), root(b)});
    parent_[static_cast<std::size_t>(high)] = low;
  }

 private:
  std::vector<Index> parent_;
};

Families families_of(const Pack& pack, bool keep_together) {
  Families families(pack.size());
  for (Index i = 1; i < pack.size() && pack.has_clips(); ++i) {
    const auto r = static_cast<std::size_t>(i);
    if (pack.clip[r] > 0 && pack.clip[r] == pack.clip[r - 1]) families.join(i - 1, i);
  }
  if (!keep_together) return families;
  for (const auto& group : find_twins(pack).groups)
    for (const Index row : group) families.join(group.front(), row);
  std::map<std::pair<std::uint16_t, std::uint32_t>, Index> first;
  for (Index i = 0; i < pack.size(); ++i) {
    const auto r = static_cast<std::size_t>(i);
    families.join(first.try_emplace({pack.source[r], pack.row[r]}, i).first->second, i);
  }
  return families;
}

}  // namespace

std::vector<SplitPart> parse_parts(std::string_view text) {
  std::vector<SplitPart> parts;
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(item.size() + 1, text.size()));
    const auto equals = std::min(item.find('='), item.size());
    const std::string_view number = item.substr(std::min(equals + 1, item.size()));
    SplitPart part{std::string(item.substr(0, equals)), 0};
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), part.share);
    check(!part.name.empty() && error == std::errc() && end == number.data() + number.size() && part.share > 0 &&
              std::isfinite(part.share),
          "split: \"", item, "\" is not of the form name=share with a positive share");
    check(std::none_of(parts.begin(), parts.end(), [&](const auto& p) { return p.name == part.name; }),
          "split: part \"", part.name, "\" is there twice");
    parts.push_back(std::move(part));
  }
  check(!parts.empty(), "split: no parts, expected e.g. training=60,validation=20,test=20");
  return parts;
}

void split_pack(Pack& pack, const SplitOptions& options) {
  check(!options.parts.empty() && options.parts.size() <= 255, "split: expected 1 to 255 parts, got ",
        options.parts.size());
  Families families = families_of(pack, options.keep_together);
  std::map<Index, std::vector<Index>> members;  // by root
  for (Index i = 0; i < pack.size(); ++i) members[families.root(i)].push_back(i);
  std::vector<std::vector<Index>> roots(pack.class_names.size());  // by the class of the root
  std::vector<Index> rows(pack.class_names.size());
  for (const auto& [root, family] : members) {
    const auto k = static_cast<std::size_t>(pack.label[static_cast<std::size_t>(root)]);
    roots[k].push_back(root);
    rows[k] += static_cast<Index>(family.size());
  }
  double total = 0;
  for (const auto& part : options.parts) total += part.share;

  pack.split_names.clear();
  for (const auto& part : options.parts) pack.split_names.push_back(part.name);
  for (std::size_t k = 0; k < roots.size(); ++k) {
    Random random({options.seed, RandomStream::split}, static_cast<std::uint32_t>(k));
    for (std::size_t i = roots[k].size(); i > 1; --i)
      std::swap(roots[k][i - 1], roots[k][random.below(static_cast<std::uint32_t>(i))]);
    Index dealt = 0;
    std::size_t part = 0;
    double share = options.parts[0].share;  // of the parts up to `part`
    for (const Index root : roots[k]) {
      while (part + 1 < options.parts.size() && dealt >= std::llround(static_cast<double>(rows[k]) * share / total))
        share += options.parts[++part].share;
      for (const Index row : members[root]) pack.split[static_cast<std::size_t>(row)] = static_cast<std::uint8_t>(part);
      dealt += static_cast<Index>(members[root].size());
    }
  }
  pack.provenance += "split:";
  for (const auto& part : options.parts) pack.provenance += str(" ", part.name, "=", part.share);
  pack.provenance += str(", seed ", options.seed, options.keep_together ? ", twins and copies kept together\n" : "\n");
}

}  // namespace mueca
