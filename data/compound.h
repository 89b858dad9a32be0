// Compound emotions: two basic ones at once, as faces show them (Du, Tao & Martinez, PNAS 2014, Table 1).
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/faces.h"

namespace mueca {

enum class Dominant { neither, first, second };  // of the pair: what tells categories of the same pair apart

struct CompoundEmotion {
  const char* name;                // "happily surprised"
  std::string_view first, second;  // basic emotions, as in emotion_names()
  Dominant dominant = Dominant::neither;
  std::vector<int> units, variants;  // action units of more than 70 % of the subjects; common additions
};

// The 15 categories. Twelve pairs; happy goes with neither sad, fear nor angry.
std::span<const CompoundEmotion> compound_emotions();

// Drawn faces that show them, labelled with the 15 names: the units of a category at random strength, each common
// addition in two faces of five. The same people and views as generate_faces draws for the seed.
Pack generate_compound_faces(const FacesConfig& config);

}  // namespace mueca
