#include "apps/chat/offline.h"

#include <algorithm>
#include <optional>

#include "apps/chat/mood_plot.h"
#include "apps/chat/offline_lexicon.h"
#include "apps/chat/text.h"
#include "core/random.h"

namespace mueca {
namespace {

std::string joined(std::span<const std::string> words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

// Calls visit(choice) for each of "a|b|c".
template <class Visit>
void each_choice(std::string_view choices, Visit visit) {
  while (!choices.empty()) {
    const std::size_t end = std::min(choices.find('|'), choices.size());
    visit(choices.substr(0, end));
    choices.remove_prefix(std::min(end + 1, choices.size()));
  }
}

// The place of the first choice that stands in " the padded words " as whole words, and the choice.
struct Hit {
  std::size_t at;
  std::string_view choice;
};
std::optional<Hit> find_choice(const std::string& padded, std::string_view choices) {
  std::optional<Hit> first;
  each_choice(choices, [&](std::string_view choice) {
    const std::size_t at = padded.find(" " + std::string(choice) + " ");
    if (at != std::string::npos && (!first || at < first->at)) first = Hit{at, choice};
  });
  return first;
}

// "I was so tired" names a feeling, "I lost my keys" and "good news" do not.
bool says_feeling(const std::string& padded, std::size_t at, std::string_view feel_words) {
  const std::vector<std::string> before = words_of(padded.substr(0, at + 1));
  if (before.empty() && words_of(padded).size() <= 2) return true;  // "tired", "sad today"
  for (std::size_t back = 1; back <= 4 && back <= before.size(); ++back)
    if (find_choice(" " + before[before.size() - back] + " ", feel_words)) return true;
  return false;
}

// One of the two words before `at` is a negator ("not so happy").
bool negated(const std::string& padded, std::size_t at, std::string_view negators) {
  const std::vector<std::string> before = words_of(padded.substr(0, at + 1));
  for (std::size_t back = 1; back <= 2 && back <= before.size(); ++back)
    if (find_choice(" " + before[before.size() - back] + " ", negators)) return true;
  return false;
}

// "i lost my keys" -> "you lost your keys". English alone: Spanish would need the verb's other form.
std::string turned_around(const std::vector<std::string>& words) {
  static const std::map<std::string, std::string, std::less<>> kTurned = {
      {"i", "you"},        {"me", "you"},           {"my", "your"},       {"mine", "yours"},     {"myself", "yourself"},
      {"am", "are"},       {"im", "you are"},       {"ive", "you have"},  {"ill", "you will"},   {"id", "you would"},
      {"dont", "don't"},   {"cant", "can't"},       {"didnt", "didn't"},  {"doesnt", "doesn't"}, {"isnt", "isn't"},
      {"wasnt", "wasn't"}, {"wont", "won't"},       {"hes", "he's"},      {"shes", "she's"},     {"its", "it's"},
      {"thats", "that's"}, {"couldnt", "couldn't"}, {"havent", "haven't"}};
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto turned = kTurned.find(words[i]);
    std::string word = turned == kTurned.end() ? words[i] : turned->second;
    if (words[i] == "was" && i > 0 && words[i - 1] == "i") word = "were";
    out += (i ? " " : "") + word;
  }
  return out;
}

void replace(std::string& text, std::string_view what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
    text.replace(at, what.size(), by);
}

// The first letter as at the start of a sentence, behind « ¿ ¡ too; a letter that is not ASCII stays as it is.
std::string capitalised(std::string text) {
  std::size_t at = 0;
  for (const std::string_view mark : {"«", "¿", "¡"})
    if (std::string_view(text).substr(at).starts_with(mark)) at += mark.size();
  if (at < text.size() && text[at] >= 'a' && text[at] <= 'z') text[at] = static_cast<char>(text[at] - 32);
  return text;
}

std::optional<Tone> tone_of_face(const std::optional<ApparentExpression>& seen) {
  if (!seen) return {};
  static const std::map<std::string, Tone, std::less<>> kTones = {
      {"sad", Tone::sad}, {"angry", Tone::angry}, {"fear", Tone::afraid}, {"happy", Tone::glad}};
  const auto found = kTones.find(seen->name);
  return found == kTones.end() ? Tone::plain : found->second;
}

}  // namespace

const Lexicon& lexicon_of(Language language) {
  return language == Language::spanish ? spanish_lexicon() : english_lexicon();
}

struct OfflineProvider::Heard {
  std::string text;                // as typed
  std::vector<std::string> words;  // folded
  std::string padded;              // " the words "
  Intent intent = Intent::statement;
  Tone tone = Tone::plain;
  bool own_words = false;    // the tone comes from the words, not from the face
  std::string feeling;       // the word itself
  bool not_feeling = false;  // ... and it is denied
  int topic = -1;
  std::string expression;  // in the conversation's language; empty: none
  Language language = Language::english;
};

OfflineProvider::Heard OfflineProvider::listen(const Lexicon& lexicon, const ChatRequest& request) {
  Heard heard;
  heard.text = request.messages.empty() ? "" : request.messages.back().text;
  heard.language = request.language;
  heard.words = words_of(heard.text);
  heard.padded = " " + joined(heard.words) + " ";
  if (request.expression) heard.expression = emotion_word(request.expression->name, request.language);

  if (const auto face = tone_of_face(request.expression)) heard.tone = *face;
  for (const FeelingWords& feeling : lexicon.feelings) {
    const auto hit = find_choice(heard.padded, feeling.words);
    if (!hit || (heard.own_words && !(feeling.names_feeling && heard.feeling.empty()))) continue;
    const bool denied = feeling.names_feeling && negated(heard.padded, hit->at, lexicon.negators);
    heard.own_words = true;
    heard.tone = !denied ? feeling.tone : feeling.tone == Tone::glad ? Tone::sad : Tone::plain;
    if (feeling.names_feeling && says_feeling(heard.padded, hit->at, lexicon.feel_words))
      heard.feeling = std::string(hit->choice), heard.not_feeling = denied;
  }
  for (std::size_t i = 0; i < lexicon.topics.size() && heard.topic < 0; ++i)
    if (find_choice(heard.padded, lexicon.topics[i].words)) heard.topic = static_cast<int>(i);

  const bool asks = heard.text.find('?') != std::string::npos;
  heard.intent = asks ? Intent::question : heard.words.size() <= 2 ? Intent::brief : Intent::statement;
  for (const IntentWords& intent : lexicon.intents)
    if (heard.words.size() <= intent.most_words && find_choice(heard.padded, intent.phrases) &&
        !find_choice(heard.padded, intent.unless)) {
      heard.intent = intent.intent;
      break;
    }
  if (heard.intent == Intent::give_name) {
    const auto hit = find_choice(heard.padded, lexicon.name_phrases);
    const std::string rest = hit ? heard.padded.substr(hit->at + hit->choice.size() + 2) : "";
    const std::string name = rest.substr(0, rest.find(' '));
    if (name.empty() || find_choice(" " + name + " ", lexicon.no_names)) {
      heard.intent = Intent::statement;
    } else {  // with the accents that the folded words have lost
      user_name_ = name;
      std::string_view text = heard.text;
      for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find_first_of(" ,.;:!?\n\t", begin), text.size());
        if (folded(text.substr(begin, end - begin)) == name) user_name_ = std::string(text.substr(begin, end - begin));
        begin = end + 1;
      }
      user_name_ = capitalised(std::string(shortened(user_name_, 40)));
    }
  }
  return heard;
}

std::string OfflineProvider::choose(Sentences sentences) {
  int least = 1 << 30;
  for (const std::string_view s : sentences) least = std::min(least, used_[s]);
  std::vector<std::string_view> fresh;  // those that were said least often
  for (const std::string_view s : sentences)
    if (used_[s] == least) fresh.push_back(s);
  const Philox4 random = RandomKey{seed_, RandomStream::shuffle}.draw(turn_, draws_++);
  const std::string_view chosen = fresh[below(random.word[0], static_cast<std::uint32_t>(fresh.size()))];
  ++used_[chosen];
  return std::string(chosen);
}

std::string OfflineProvider::fill(std::string sentence, const Heard& heard) const {
  replace(sentence, "{name,}", user_name_.empty() ? "" : ", " + user_name_);
  replace(sentence, "{name}", user_name_);
  replace(sentence, "{feeling}", heard.feeling);
  replace(sentence, "{expression}", heard.expression);
  if (!topics_.empty())
    replace(sentence, "{topic}",
            std::string(lexicon_of(heard.language).topics[static_cast<std::size_t>(topics_.back())].called));
  return capitalised(sentence);
}

// What was said, said back: a feeling by its name, a short sentence turned around or quoted. Empty: better not.
std::string OfflineProvider::reflection(const Lexicon& lexicon, const Heard& heard) {
  if (!heard.feeling.empty()) return fill(choose(heard.not_feeling ? lexicon.feels_not : lexicon.feels), heard);
  if (heard.words.size() < 3 || heard.words.size() > 12 || heard.intent != Intent::statement) return "";
  std::string quote;
  if (heard.language == Language::english) {
    const std::string& first = heard.words.front();
    const bool about_me = first == "i" || first == "my" || first == "im" || first == "ive";
    const bool about_you = find_choice(heard.padded, "you|your|yours|lets").has_value();
    if (!about_me || about_you) return "";
    quote = turned_around(heard.words);
  } else {
    quote = std::string(shortened(heard.text, 90));
    while (!quote.empty() && std::string_view(" .,;:!\n").find(quote.back()) != std::string_view::npos)
      quote.pop_back();
  }
  std::string sentence = choose(lexicon.because);
  replace(sentence, "{quote}", quote);
  return capitalised(sentence);
}

std::string OfflineProvider::respond(const Lexicon& lexicon, const Heard& heard, const ChatRequest& request) {
  const auto tone = static_cast<std::size_t>(heard.tone);
  const bool feels = !heard.feeling.empty() || heard.topic >= 0;
  Intent intent = heard.intent;
  if (request.after_crisis && intent != Intent::goodbye && heard.tone != Tone::glad)
    return fill(choose(lexicon.after_crisis), heard);
  // "hello, I feel sad", "no, my boss shouted at me": what it is about counts more than the courtesy.
  if (feels && heard.words.size() > 3 && (intent == Intent::yes || intent == Intent::no || intent == Intent::greeting))
    intent = Intent::statement;
  switch (intent) {
    case Intent::ask_face:
      return fill(choose(heard.expression.empty() ? lexicon.no_face : lexicon.face), heard);
    case Intent::ask_name:
      return fill(choose(user_name_.empty() ? lexicon.name_unknown : lexicon.name_known), heard);
    case Intent::advice:
      return fill(choose(lexicon.acknowledge[tone]), heard) + " " + fill(choose(lexicon.advise[tone]), heard) + " " +
             fill(choose(lexicon.ask[tone]), heard);
    case Intent::question:
      if (feels) break;
      [[fallthrough]];
    default:
      if (intent != Intent::brief || !feels)
        if (const Sentences& whole = lexicon.answers[static_cast<std::size_t>(intent)]; !whole.empty()) {
          const bool come_back = intent == Intent::brief && !topics_.empty() && turn_ % 2 == 0;
          return fill(choose(come_back ? lexicon.back_to_topic : whole), heard);
        }
  }
  std::string answer = reflection(lexicon, heard);
  if (answer.empty() || turn_ % 2 == 1)
    answer += (answer.empty() ? "" : " ") + fill(choose(lexicon.acknowledge[tone]), heard);
  const bool known = heard.topic >= 0;
  const bool come_back = !known && !feels && !topics_.empty() && turn_ % 3 == 0;
  const Sentences questions = known       ? lexicon.topics[static_cast<std::size_t>(heard.topic)].questions
                              : come_back ? lexicon.back_to_topic
                                          : lexicon.ask[tone];
  return answer + " " + fill(choose(questions), heard);
}

void OfflineProvider::answer(const ChatRequest& request, const OnText& on_text) {
  const Lexicon& lexicon = lexicon_of(request.language);
  ++turn_, draws_ = 0;
  const Heard heard = listen(lexicon, request);
  const std::string answer = respond(lexicon, heard, request);
  if (heard.topic >= 0) {
    std::erase(topics_, heard.topic);
    topics_.push_back(heard.topic);
  }
  on_text(answer);
}

}  // namespace mueca
