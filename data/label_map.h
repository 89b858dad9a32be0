// Names of emotions and splits as data sets spell them, mapped to this framework's.
#pragma once
#include <map>
#include <string>
#include <string_view>

namespace mueca {

// From a label as written in a data set to a class index of emotion_names() (data/pack.h). Knows the emotions, the
// numbers 0 to 6 in FER2013's order and common synonyms ("anger", "happiness", "surprised", ...); add() extends or
// overrides.
class LabelMap {
 public:
  static constexpr int kDrop = -1;  // the rows of this label are left out
  static constexpr int kUnknown = -2;

  LabelMap();
  // "joy=happy,contempt=-": label=emotion, or label=- to leave its rows out. Throws Error for anything else.
  void add(std::string_view assignments);
  int find(std::string_view label) const;  // class index, kDrop or kUnknown; case and surrounding blanks are ignored
  const std::string& assignments() const { return assignments_; }  // what add() was given, for the provenance

 private:
  std::map<std::string, int, std::less<>> classes_;
  std::string assignments_;
};

// "Training" -> "training", "PublicTest" -> "public_test", "valid" -> "validation", ...; empty when it is no known
// split.
std::string_view canonical_split(std::string_view name);
// How the Kaggle CSV spells a split: "training" -> "Training"; other names stay.
std::string_view kaggle_split(std::string_view name);

// ASCII lower case, without surrounding blanks.
std::string lowercase(std::string_view text);

}  // namespace mueca
