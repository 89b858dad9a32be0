#include "apps/faces/compound.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/error.h"
#include "data/compound.h"

namespace mueca {
namespace {

// The six basic emotions by name, and neutral if there is one.
std::map<std::string_view, float> shares_of(const std::vector<std::string>& classes, std::span<const float> p) {
  check(classes.size() == p.size(), "compound: ", classes.size(), " classes, ", p.size(), " probabilities");
  std::map<std::string_view, float> share;
  for (std::size_t i = 0; i < p.size(); ++i) share[classes[i]] = p[i];
  for (const CompoundEmotion& c : compound_emotions())
    for (const std::string_view name : {c.first, c.second})
      check(share.count(name), "compound: needs the class \"", name, "\"; this network does not tell it");
  return share;
}

bool fits(const CompoundEmotion& c, float first, float second, float dominance) {
  // The categories of one pair share it among them; a pair of one category has no rival to leave room to.
  bool rival = false;
  for (const CompoundEmotion& other : compound_emotions())
    rival |=
        other.dominant == Dominant::first &&
        ((other.first == c.first && first >= dominance * second) ||
         (other.first == c.second && second >= dominance * first)) &&
        ((other.first == c.first && other.second == c.second) || (other.first == c.second && other.second == c.first));
  return c.dominant == Dominant::first ? first >= dominance * second : !rival;
}

}  // namespace

CompoundAnswer derive_compound(const std::vector<std::string>& classes, std::span<const float> probability,
                               const CompoundRule& rule) {
  const auto share = shares_of(classes, probability);
  const auto best = std::max_element(probability.begin(), probability.end()) - probability.begin();
  CompoundAnswer answer{classes[static_cast<std::size_t>(best)], probability[static_cast<std::size_t>(best)], "basic"};
  const auto neutral = share.find("neutral");
  const float calm = neutral == share.end() ? 0 : neutral->second;
  if (calm >= rule.most_neutral) return answer;
  float highest = 0;
  for (const CompoundEmotion& c : compound_emotions()) {
    const float first = share.at(c.first) / (1 - calm), second = share.at(c.second) / (1 - calm);
    const auto [less, more] = std::minmax(first, second);
    if (less < rule.least || less < rule.balance * more || !fits(c, first, second, rule.dominance)) continue;
    const float score = 2 * std::sqrt(first * second);
    if (score > highest) highest = score, answer = {c.name, score, "derived"};
  }
  return answer;
}

std::string compound_caption(const CompoundAnswer& answer) {
  return answer.name.empty() || answer.origin == "basic" ? "" : answer.name + " (" + answer.origin + ")";
}

}  // namespace mueca
