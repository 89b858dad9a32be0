// Compound emotions from the probabilities of basic ones, by a rule: derived, not trained, and said so everywhere.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mueca {

struct CompoundAnswer {
  std::string name;              // "happily surprised"; the basic emotion when no two are strong enough
  float score = 0;               // derived: 2 sqrt(p_a p_b); trained: a probability; basic: the basic probability
  std::string origin = "basic";  // "derived", "trained", "basic"
};

// "sadly fearful (derived)"; nothing for a basic emotion, which the face's own caption names.
std::string compound_caption(const CompoundAnswer& answer);

// What the rule asks of calibrated probabilities.
struct CompoundRule {
  float most_neutral = 0.5f;  // neutral must be below; then it is dropped and the rest renormalised
  float least = 0.2f;         // of either emotion
  float balance = 0.35f;      // of the weaker to the stronger
  float dominance = 1.5f;     // stronger to weaker from here on: appalled, hatred, awed instead of the even category
};

// The category of Du et al. 2014 whose pair has the largest 2 sqrt(p_a p_b): a mean would let one emotion win alone.
// classes and probability [K], calibrated (Expression). Throws Error unless the six basic emotions are among them.
CompoundAnswer derive_compound(const std::vector<std::string>& classes, std::span<const float> probability,
                               const CompoundRule& rule = {});

// Goes beside every list of derived answers: how well such rules do.
inline constexpr std::string_view kDerivedNote =
    "compound emotions are derived from the basic probabilities by a rule, not trained; a like rule reaches 25.56 % F1 "
    "on C-EXPR-DB's test set (AVCER, CVPR workshops 2024)";

}  // namespace mueca
