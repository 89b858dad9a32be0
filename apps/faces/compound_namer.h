// One way to ask for compound emotions: by the rule or by a trained head, for the faces of a picture.
#pragma once
#include <optional>

#include "apps/faces/compound_head.h"
#include "apps/faces/recognizer.h"

namespace mueca {

inline constexpr char kCompoundRule[] = "rule";  // where a head's file could stand

class CompoundNamer {
 public:
  // By the rule, for classes that hold the six basic emotions, or by the file of a head of this recogniser's network;
  // Error as load_compound_head. The recogniser must outlive this.
  explicit CompoundNamer(Recognizer& recognizer, const std::string& rule_or_file = kCompoundRule);

  // One answer per crop (face_crop); expressions are what the recogniser said about the same crops.
  std::vector<CompoundAnswer> name(std::span<const cv::Mat> crops, std::span<const Expression> expressions) const;

  std::string note() const;  // for reports: how these names were made, and how far to believe them

 private:
  Recognizer& recognizer_;
  std::optional<CompoundHead> head_;
};

}  // namespace mueca
