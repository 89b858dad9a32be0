// A calm answer from a nervous one: probabilities averaged over a track's frames, a label that does not flicker.
#pragma once
#include "apps/faces/recognizer.h"

namespace mueca {

struct SmoothingRule {
  float alpha = 0.4f;    // weight of the newest frame; 1: no averaging
  float margin = 0.08f;  // by how much another class must lead before the label changes
  float threshold = -1;  // below it an answer is uncertain; negative: the recogniser's calibrated one
};

// One per track: a track that was lost takes its memory with it.
class SmoothedExpression {
 public:
  // Exponential moving average of the probabilities, [K] as those before; the first answer is taken as it is.
  const Expression& update(const Expression& now, const SmoothingRule& rule, float calibrated_threshold);
  const Expression& value() const { return value_; }

 private:
  Expression value_;
};

}  // namespace mueca
