// What a face seems to express while someone chats: where it comes from, and the short note about it that a model gets.
// An expression is not a feeling: the note is an estimate and says so little that it can be left out at any time.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace mueca {

struct ApparentExpression {
  std::string name;                 // of emotion_names(): "sad"
  double confidence = 0;            // of that name, in [0, 1]
  int faces = 1;                    // in the picture; the largest one is meant
  std::vector<double> probability;  // [7] in the order of emotion_names(); may be empty
};

class ExpressionSource {
 public:
  virtual ~ExpressionSource() = default;
  // The latest, or nothing: no face, too uncertain, no picture yet. Never throws: talking goes on without it.
  virtual std::optional<ApparentExpression> latest() = 0;
  virtual std::string status() = 0;  // one line for /emotion: what is looked at, and what went wrong
};

// One expression that never changes: what --emotion says. Throws Error listing the names for an unknown one.
class FixedExpression : public ExpressionSource {
 public:
  explicit FixedExpression(const std::string& name);
  std::optional<ApparentExpression> latest() override { return expression_; }
  std::string status() override { return "fixed: " + expression_.name; }

 private:
  ApparentExpression expression_;
};

// Below this a guess among seven would colour a conversation more than it informs it.
inline constexpr double kLeastConfidence = 0.45;

// The expressions of a conversation, one per turn of the user's.
class ExpressionTrail {
 public:
  // `seen` as the source gave it; what is not confident enough counts as nothing.
  void add(const std::optional<ApparentExpression>& seen);
  // For the latest turn: {"apparent_expression":"sad","confidence":0.62,"trend":"neutral->sad","faces":1}; "" when
  // nothing was seen. The trend names the last different expression, or "steady"; the first note has none.
  std::string note() const;
  const std::vector<std::optional<ApparentExpression>>& turns() const { return turns_; }
  bool empty() const;  // nothing was seen at any turn

 private:
  std::vector<std::optional<ApparentExpression>> turns_;
};

}  // namespace mueca
