// Answers without a model, a server or a key: rules that tell an intent, a feeling and a topic, and sentences for each,
// chosen by seed. It reflects, remembers within the conversation and asks on; it does not understand.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/chat/provider.h"

namespace mueca {

struct Lexicon;  // one per language, see offline_lexicon.h

class OfflineProvider : public ChatProvider {
 public:
  explicit OfflineProvider(std::uint64_t seed) : seed_(seed) {}

  // Depends on the seed and on what was said before, on nothing else.
  void answer(const ChatRequest& request, const OnText& on_text) override;
  std::string name() const override { return "offline"; }
  bool leaves_machine() const override { return false; }

 private:
  struct Heard;
  Heard listen(const Lexicon& lexicon, const ChatRequest& request);
  std::string respond(const Lexicon& lexicon, const Heard& heard, const ChatRequest& request);
  std::string reflection(const Lexicon& lexicon, const Heard& heard);
  std::string choose(std::span<const std::string_view> sentences);
  std::string fill(std::string sentence, const Heard& heard) const;

  std::uint64_t seed_;
  std::uint32_t turn_ = 0, draws_ = 0;
  std::string user_name_;
  std::vector<int> topics_;               // as they came up, the latest last
  std::map<std::string_view, int> used_;  // sentence -> how often
};

}  // namespace mueca
