#include "data/label_map.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "data/pack.h"

namespace mueca {
namespace {

constexpr std::pair<std::string_view, std::string_view> kSynonyms[] = {
    {"anger", "angry"},        {"disgusted", "disgust"}, {"fearful", "fear"},       {"afraid", "fear"},
    {"scared", "fear"},        {"happiness", "happy"},   {"joy", "happy"},          {"sadness", "sad"},
    {"surprised", "surprise"}, {"suprise", "surprise"},  {"neutrality", "neutral"}, {"neutral face", "neutral"},
};

// Compared without case, blanks, '_' and '-'.
constexpr std::pair<std::string_view, std::string_view> kSplits[] = {
    {"training", "training"},      {"train", "training"},
    {"publictest", "public_test"}, {"privatetest", "private_test"},
    {"validation", "validation"},  {"valid", "validation"},
    {"val", "validation"},         {"test", "test"},
    {"testing", "test"},
};

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

std::string lowercase(std::string_view text) {
  std::string lower(trimmed(text));
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

LabelMap::LabelMap() {
  const auto& names = emotion_names();
  for (int i = 0; i < static_cast<int>(names.size()); ++i) {
    classes_[names[static_cast<std::size_t>(i)]] = i;
    classes_[std::to_string(i)] = i;
  }
  for (const auto& [label, emotion] : kSynonyms) classes_[std::string(label)] = classes_.find(emotion)->second;
}

void LabelMap::add(std::string_view assignments) {
  if (!assignments_.empty() && !assignments.empty()) assignments_ += ',';
  assignments_ += assignments;
  while (!assignments.empty()) {
    const auto comma = std::min(assignments.find(','), assignments.size());
    const std::string_view item = assignments.substr(0, comma);
    assignments.remove_prefix(std::min(comma + 1, assignments.size()));
    const auto equals = item.find('=');
    check(equals != std::string_view::npos && !trimmed(item.substr(0, equals)).empty(), "label map: \"", item,
          "\" is not of the form label=emotion or label=-");
    const std::string label = lowercase(item.substr(0, equals)), target = lowercase(item.substr(equals + 1));
    int index = kDrop;
    if (target != "-") {
      const auto known = classes_.find(target);
      check(known != classes_.end() && known->second >= 0, "label map: \"", item, "\": \"", target,
            "\" is not one of angry, disgust, fear, happy, sad, surprise, neutral or -");
      index = known->second;
    }
    classes_[label] = index;
  }
}

int LabelMap::find(std::string_view label) const {
  const auto found = classes_.find(lowercase(label));
  return found == classes_.end() ? kUnknown : found->second;
}

std::string_view canonical_split(std::string_view name) {
  std::string plain = lowercase(name);
  std::erase_if(plain, [](char c) { return c == '_' || c == '-' || c == ' '; });
  for (const auto& [spelled, split] : kSplits)
    if (plain == spelled) return split;
  return {};
}

std::string_view kaggle_split(std::string_view name) {
  if (name == "training") return "Training";
  if (name == "public_test") return "PublicTest";
  if (name == "private_test") return "PrivateTest";
  return name;
}

}  // namespace mueca
