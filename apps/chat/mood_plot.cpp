#include "apps/chat/mood_plot.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "apps/chat/text.h"
#include "core/error.h"
#include "data/pack.h"

namespace mueca {
namespace {

struct Word {
  std::string_view spanish;
  int ansi;  // close to palette.h's colours
};

const std::map<std::string, Word, std::less<>>& words() {
  static const std::map<std::string, Word, std::less<>> kWords = {
      {"angry", {"enfado", 31}},   {"disgust", {"asco", 32}}, {"fear", {"miedo", 35}},
      {"happy", {"alegría", 33}},  {"sad", {"tristeza", 34}}, {"surprise", {"sorpresa", 36}},
      {"neutral", {"neutral", 37}}};
  return kWords;
}

// Bytes that begin a character: what a terminal shows of Latin text.
std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

double share(const ApparentExpression& seen, std::size_t emotion) {
  const auto& names = emotion_names();
  if (seen.probability.size() == names.size()) return seen.probability[emotion];
  return seen.name == names[emotion] ? seen.confidence : 0;
}

std::string cell(double value, bool unicode) {
  static constexpr const char* kBlocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const int level = std::clamp(static_cast<int>(std::lround(value * 8)), 0, 8);
  if (unicode) return kBlocks[level];
  const int digit = std::clamp(static_cast<int>(std::lround(value * 10)), 0, 9);
  return digit ? std::to_string(digit) : " ";
}

}  // namespace

std::string emotion_word(const std::string& name, Language language) {
  const auto found = words().find(name);
  return language == Language::spanish && found != words().end() ? std::string(found->second.spanish) : name;
}

std::string mood_plot(const ExpressionTrail& trail, Language language, int width, bool unicode, bool color) {
  const bool spanish = language == Language::spanish;
  if (trail.empty())
    return spanish ? "Todavía no se ha visto ninguna expresión.\n" : "No expression was seen so far.\n";
  constexpr std::size_t kLabel = 10;
  const auto& turns = trail.turns();
  const auto most = static_cast<std::size_t>(std::max(8, width - static_cast<int>(kLabel) - 10));
  const std::size_t first = turns.size() > most ? turns.size() - most : 0;
  std::string out = spanish ? str("Expresión aparente por turno (", first + 1, " a ", turns.size(), "):\n")
                            : str("Apparent expression per turn (", first + 1, " to ", turns.size(), "):\n");
  for (std::size_t emotion = 0; emotion < emotion_names().size(); ++emotion) {
    const std::string& name = emotion_names()[emotion];
    double highest = 0, sum = 0;
    int seen = 0;
    std::string row;
    for (std::size_t i = first; i < turns.size(); ++i) {
      const double value = turns[i] ? share(*turns[i], emotion) : 0;
      row += turns[i] ? cell(value, unicode) : unicode ? "·" : ".";
      highest = std::max(highest, value), sum += value, seen += turns[i].has_value();
    }
    if (highest < 0.1) continue;
    const std::string label = emotion_word(name, language);
    out += "  " + label + std::string(kLabel - std::min(kLabel, columns(label)), ' ');
    const auto found = words().find(name);
    if (color && found != words().end()) row = str("\033[", found->second.ansi, "m", row, "\033[0m");
    out += row + str("  ", std::lround(100 * sum / seen), " %\n");
  }
  return out;
}

}  // namespace mueca
