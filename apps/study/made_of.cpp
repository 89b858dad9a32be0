#include "apps/study/made_of.h"

#include <functional>

#include "apps/study/verdict.h"
#include "apps/table.h"
#include "core/error.h"

namespace mueca {
namespace {

std::string replace(const std::string& words, const std::function<std::string(const Placeholder&)>& figure) {
  std::string out;
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t open = std::min(words.find('{', at), words.size());
    out += words.substr(at, open - at);
    if (open == words.size()) break;
    const std::size_t close = words.find('}', open);
    check(close != std::string::npos, "made_of: a { without its }");
    std::string name = words.substr(open + 1, close - open - 1), measure = "accuracy";
    if (const auto colon = name.find(':'); colon != std::string::npos)
      measure = name.substr(colon + 1), name.resize(colon);
    check(measure == "accuracy" || measure == "training_accuracy", "made_of: {", name, ":", measure,
          "}: expected accuracy or training_accuracy");
    out += figure({name, measure});
    at = close + 1;
  }
  return out;
}

}  // namespace

std::vector<Placeholder> placeholders_of(const std::string& words) {
  std::vector<Placeholder> out;
  replace(words, [&](const Placeholder& p) {
    out.push_back(p);
    return std::string();
  });
  return out;
}

std::string filled_in(const std::string& words, std::span<const ArmResult> arms) {
  return replace(words, [&](const Placeholder& p) {
    for (const ArmResult& arm : arms)
      if (arm.arm.name == p.arm)
        if (const Measured ours = measured_accuracy(arm, p.measure); ours.seeds > 0)
          return percent(ours.mean, 1) + " %";
    return std::string("(not measured)");
  });
}

}  // namespace mueca
