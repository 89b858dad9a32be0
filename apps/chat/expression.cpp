#include "apps/chat/expression.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "data/pack.h"

namespace mueca {

FixedExpression::FixedExpression(const std::string& name) : expression_{name, 1, 1, {}} {
  std::string known;
  for (const std::string& other : emotion_names()) {
    known += (known.empty() ? "" : ", ") + other;
    expression_.probability.push_back(other == name ? 1 : 0);
  }
  check(std::ranges::count(emotion_names(), name) == 1, "emotion \"", name, "\": expected one of ", known);
}

void ExpressionTrail::add(const std::optional<ApparentExpression>& seen) {
  turns_.push_back(seen && seen->confidence >= kLeastConfidence ? seen : std::nullopt);
}

std::string ExpressionTrail::note() const {
  if (turns_.empty() || !turns_.back()) return "";
  const ApparentExpression& now = *turns_.back();
  nlohmann::ordered_json note;
  note["apparent_expression"] = now.name;
  note["confidence"] = std::round(now.confidence * 100) / 100;
  bool earlier = false;
  for (auto turn = turns_.rbegin() + 1; turn != turns_.rend(); ++turn) {
    if (!*turn) continue;
    earlier = true;
    if ((*turn)->name == now.name) continue;
    note["trend"] = (*turn)->name + "->" + now.name;
    break;
  }
  if (earlier && !note.contains("trend")) note["trend"] = "steady";
  note["faces"] = now.faces;
  return note.dump();
}

bool ExpressionTrail::empty() const {
  return std::ranges::none_of(turns_, [](const auto& turn) { return turn.has_value(); });
}

}  // namespace mueca
