// The readers of dialogue formats: what they take, what they refuse and how they say so.
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>

#include "apps/chat/finetune/dialogue.h"
#include "core/error.h"
#include "core/files/atomic_file.h"
#include "data/pack.h"

namespace mueca {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMeldHeader =
    "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime\n";
constexpr const char* kEmpatheticHeader = "conv_id,utterance_idx,context,prompt,speaker_idx,utterance,selfeval,tags\n";

class Imports : public testing::Test {
 protected:
  Imports() : folder_(fs::temp_directory_path() / ("mueca-import-" + std::to_string(getpid()))) {}
  ~Imports() override { fs::remove_all(folder_); }

  // Dialogues of a file with these bytes; its path in messages becomes its name.
  std::vector<Dialogue> import(const std::string& name, const std::string& bytes, const ImportOptions& options = {}) {
    report_ = {};
    write_file_atomically(folder_ / name, bytes);
    std::vector<Dialogue> dialogues = import_dialogues(folder_ / name, options, report_);
    for (std::string& reject : report_.rejects) reject = short_name(reject);
    return dialogues;
  }
  std::string error(const std::string& name, const std::string& bytes, const ImportOptions& options = {}) {
    try {
      import(name, bytes, options);
    } catch (const Error& problem) {
      return short_name(problem.what());
    }
    return "no error";
  }
  std::string short_name(std::string text) const {
    const std::string folder = folder_.string() + "/";
    for (std::size_t at; (at = text.find(folder)) != std::string::npos;) text.erase(at, folder.size());
    return text;
  }

  fs::path folder_;
  ImportReport report_;
};

std::string emotion_name(const Turn& turn) {
  return turn.emotion == Turn::kNoEmotion ? "-" : emotion_names()[static_cast<std::size_t>(turn.emotion)];
}

// "0 sad: text | 1 -: text"
std::string told(const std::vector<Turn>& turns) {
  std::string text;
  for (const Turn& turn : turns)
    text += (text.empty() ? "" : " | ") + std::to_string(turn.speaker) + " " + emotion_name(turn) + ": " + turn.text;
  return text;
}

TEST_F(Imports, MeldQuotesAndSpeakers) {
  const auto dialogues = import("meld.csv", std::string(kMeldHeader) +
                                                "1,\"Oh, \"\"no\"\".\",Ann,sadness,negative,7,0,1,1,\"0,1\",\"0,2\"\n"
                                                "2,What?,Bob,surprise,negative,7,1,1,1,a,b\r\n"
                                                "3,\"It\nis gone.\",Ann,anger,negative,7,2,1,1,a,b\n"
                                                "5,Here it is.,Cleo,joy,positive,7,3,1,1,a,b\n"
                                                "6,Hi,Ann,neutral,neutral,8,1,1,1,a,b\n"
                                                "7,Hello,Bob,neutral,neutral,8,0,1,1,a,b\n");
  ASSERT_EQ(dialogues.size(), 2u);
  EXPECT_EQ(told(dialogues[0].turns),
            "0 sad: Oh, \"no\". | 1 surprise: What? | 0 angry: It\nis gone. | 2 happy: Here it is.");
  EXPECT_EQ(told(dialogues[1].turns), "1 neutral: Hello | 0 neutral: Hi") << "by Utterance_ID";
  EXPECT_EQ(dialogues[1].line, 7);
  EXPECT_EQ(report_.rejected, 0);
  EXPECT_EQ(report_.utterances, 6);
}

TEST_F(Imports, MeldRejectsRowsByLine) {
  import("meld.csv", std::string(kMeldHeader) +
                         "1,Hi,Ann,neutral,x,1,0,1,1,a,b\n"
                         "2,Ho,Bob,bored,x,1,1,1,1,a,b\n"
                         "3,\"  \",Bob,joy,x,1,2,1,1,a,b\n"
                         "4,Hey,Bob,joy,x,1,0,1,1,a,b\n"
                         "5,Hey,Bob,joy,x,1,minus,1,1,a,b\n"
                         "6,Hey,Bob,joy\n"
                         "7,\"Hey,Bob,joy,x,1,5,1,1,a,b\n"
                         "8,Hey,Bob,joy,x,1,6,1,1,a,b\n"
                         "9,Alone,Cleo,joy,x,2,0,1,1,a,b\n");
  const std::vector<std::string> expected = {
      "meld.csv:3: emotion \"bored\" is not known; --labels \"bored=happy\" maps it, \"bored=-\" keeps the turn "
      "without "
      "a note",
      "meld.csv:4: the utterance is empty",
      "meld.csv:5: utterance 0 of this dialogue is there already, in line 2",
      "meld.csv:6: the utterance's number is \"minus\", expected 0, 1, 2, ...",
      "meld.csv:7: expected 11 fields, got 4",
      "meld.csv:8: field 2: the quote is not closed",
      "meld.csv:10: dialogue of 1 turn without an answer, expected two speakers in turn"};
  EXPECT_EQ(report_.rejects, expected);
  EXPECT_EQ(report_.rejected, 7);
  EXPECT_EQ(error("meld.csv", std::string(kMeldHeader) + "2,Ho,Bob,joy,x,1\n", {.strict = true}),
            "meld.csv:2: expected 11 fields, got 6");
}

TEST_F(Imports, LabelsMapOrDropTheNote) {
  const std::string rows = "1,Hi,Ann,bored,x,1,0,1,1,a,b\n2,Ho,Bob,smug,x,1,1,1,1,a,b\n";
  const auto dialogues = import("meld.csv", kMeldHeader + rows, {.labels = "bored=neutral,smug=-"});
  ASSERT_EQ(dialogues.size(), 1u);
  EXPECT_EQ(told(dialogues[0].turns), "0 neutral: Hi | 1 -: Ho");
}

TEST_F(Imports, RepairsWindows1252Visibly) {
  const auto dialogues = import("meld.csv", std::string(kMeldHeader) +
                                                "1,It\x92s me,Ann,joy,x,1,0,1,1,a,b\n"         // Windows-1252
                                                "2,That\xC2\x92s you,Bob,joy,x,1,1,1,1,a,b\n"  // hidden in UTF-8
                                                "3,\x81 na\xC3\xAFve \xE2\x80\x99\x1B[2J,Ann,joy,x,1,2,1,1,a,b\n"
                                                "4,caf\xE9,Bob,joy,x,1,3,1,1,a,b\n");  // Latin-1
  ASSERT_EQ(dialogues.size(), 1u);
  EXPECT_EQ(told(dialogues[0].turns), "0 happy: It’s me | 1 happy: That’s you | 0 happy: � naïve ’[2J | 1 happy: café");
  EXPECT_EQ(report_.repairs.windows_1252, 3);
  EXPECT_EQ(report_.repairs.lost, 1);
  EXPECT_EQ(report_.repairs.controls, 1);
}

TEST_F(Imports, EmpatheticDialoguesWithoutQuotes) {
  const auto dialogues =
      import("train.csv", std::string(kEmpatheticHeader) +
                              "hit:0_conv:1,1,sentimental,I remember,12,\"So_comma_ we met\" she said,5|5|5_2|2|5,\n"
                              "hit:0_conv:1,2,sentimental,I remember,45,Was she a friend?,5|5|5_2|2|5,\n"
                              "hit:0_conv:2,1,terrified,A spider,45,I ran_comma_ away,5|5|5_2|2|5,,cand1|cand2\n"
                              "hit:0_conv:2,2,terrified,A spider,12,Oh dear,5|5|5_2|2|5,\n"
                              "hit:0_conv:2,3,terrified,A spider,99,Me too,5|5|5_2|2|5,\n"
                              "hit:0_conv:2,3,terrified,A, spider,12,Me too,5|5|5_2|2|5,,\n");
  ASSERT_EQ(dialogues.size(), 2u);
  EXPECT_EQ(told(dialogues[0].turns), "0 -: \"So, we met\" she said | 1 -: Was she a friend?");
  EXPECT_EQ(told(dialogues[1].turns), "0 fear: I ran, away | 1 -: Oh dear");
  const std::vector<std::string> expected = {"train.csv:6: a third speaker, expected a speaker and a listener",
                                             "train.csv:7: expected 8 fields, got 10"};
  EXPECT_EQ(report_.rejects, expected);
}

TEST_F(Imports, EsconvSpeakersAndPlaces) {
  const auto dialogues = import("esconv.json", R"([
 {"experience_type": "Previous Experience", "emotion_type": "anxiety", "problem_type": "job crisis",
  "situation": "a, [b] {c", "survey_score": {},
  "dialog": [{"speaker": "supporter", "annotation": {}, "content": "Hello\n"},
             {"speaker": "seeker", "annotation": {}, "content": "I lost \"it\" ]"},
             {"speaker": "seeker", "annotation": {}, "content": "all"},
             {"speaker": "supporter", "annotation": {"strategy": "Question"}, "content": "It)"
                                               "\x92"
                                               R"(s hard"}]},
 {"emotion_type": "joyless", "dialog": []},
 {"emotion_type": "shame", "dialog": [{"speaker": "me", "content": "x"}, {"speaker": "seeker", "content": 3}, 4]},
 {"emotion_type": "shame", "dialog": [{"speaker": "seeker" "content": "x"}]},
 17
])");
  ASSERT_EQ(dialogues.size(), 1u);
  EXPECT_EQ(told(dialogues[0].turns), "1 -: Hello | 0 fear: I lost \"it\" ] | 0 fear: all | 1 -: It’s hard");
  EXPECT_EQ(told(alternating_turns(dialogues[0])), "0 fear: I lost \"it\" ]\nall | 1 -: It’s hard");
  const std::vector<std::string> expected = {
      "esconv.json:8: emotion \"joyless\" is not known; --labels \"joyless=happy\" maps it, \"joyless=-\" keeps the "
      "turn without a note",
      "esconv.json:9: dialog[0].speaker: expected seeker or supporter, got \"me\"",
      "esconv.json:9: dialog[1].content: expected a string, got number",
      "esconv.json:9: dialog[2]: expected {speaker, content}, got number",
      "esconv.json:10: not valid JSON at column 67",
      "esconv.json:11: expected a conversation {...}, got number",
      "esconv.json:9: dialogue of 0 turns without an answer, expected two speakers in turn"};
  EXPECT_EQ(report_.rejects, expected);
  EXPECT_EQ(report_.repairs.windows_1252, 1);
}

TEST_F(Imports, EsconvListsThatEndTooEarly) {
  EXPECT_EQ(error("e.json", "[{\"a\": 1},\n {\"b\": [1"),
            "e.json:2: the JSON list ends within the conversation that begins here");
  EXPECT_EQ(error("e.json", "[{\"a\": \"\\"), "e.json:1: the JSON list ends within the conversation that begins here");
  EXPECT_EQ(error("e.json", "[\n"), "e.json:2: the JSON list is not closed");
  EXPECT_EQ(error("e.json", "[]\n\nx"), "e.json:3: something follows the JSON list");
  const auto deep = import("e.json", "[" + std::string(2000, '[') + std::string(2000, ']') + "]");
  EXPECT_TRUE(deep.empty());
  EXPECT_EQ(report_.rejects.at(0), "e.json:1: JSON nested deeper than 16 levels");
}

TEST_F(Imports, FormatsAreToldByTheirFirstLine) {
  EXPECT_EQ(error("x.csv", "id,text\n1,hello\n").substr(0, 36), "x.csv:1: no known format: expected t");
  EXPECT_EQ(error("x.csv", "\n  \n"), "x.csv: is empty, expected dialogues");
  EXPECT_EQ(error("x.csv", "Utterance,Speaker,Emotion,Dialogue_ID\n"),
            "x.csv:1: column \"utterance_id\" is missing, expected dialogue_id,utterance_id,speaker,emotion,utterance "
            "among the columns");
  EXPECT_EQ(error("x.csv", "utterance,Utterance,Speaker,Emotion,Dialogue_ID,Utterance_ID\n"),
            "x.csv:1: column \"utterance\" is there twice");
  EXPECT_EQ(error("x.csv", kMeldHeader, {.format = DialogueFormat::esconv}),
            "x.csv:1: expected a JSON list of conversations");
  EXPECT_THROW(dialogue_format("meld2"), Error);
  EXPECT_EQ(dialogue_format("esconv"), DialogueFormat::esconv);
}

TEST_F(Imports, LimitsHold) {
  const std::string row = "1,Hi,Ann,neutral,x,1,0,1,1,a,b\n";
  EXPECT_EQ(error("x.csv", kMeldHeader + std::string(70'000, 'a') + "\n" + row),
            "x.csv:2: line is longer than 65536 bytes");
  import("x.csv", kMeldHeader + ("1," + std::string(20'000, 'a') + ",Ann,joy,x,1,0,1,1,a,b\n") + row);
  EXPECT_EQ(report_.rejects.at(0), "x.csv:2: utterance of 20000 bytes, at most 16384 are taken");
  std::string many = kMeldHeader;
  for (int i = 0; i < 1002; ++i)
    many += "1,Hi,S" + std::to_string(i % 2) + ",joy,x,1," + std::to_string(i) + ",1,1,a,b\n";
  EXPECT_EQ(import("x.csv", many).at(0).turns.size(), 1000u);
  EXPECT_EQ(report_.rejects.at(0), "x.csv:1002: the dialogue has more than 1000 turns");
  import("x.csv", kMeldHeader + std::string(100, ',') + "\n");
  EXPECT_EQ(report_.rejects.at(0), "x.csv:2: more than 64 fields");
}

TEST_F(Imports, Logs) {
  const auto dialogues = import("chat.jsonl",
                                "{\"log\": \"mueca chat\"}\n"
                                "{\"role\": \"user\", \"text\": \"Hi\", \"note\": {\"apparent_expression\": \"sad\"}}\n"
                                "{\"role\": \"assistant\", \"text\": \"Hello\"}\n"
                                "{\"role\": \"robot\", \"text\": \"Hello\"}\n"
                                "{\"role\": \"user\"\n"
                                "{\"log\": \"mueca chat\"}\n"
                                "{\"role\": \"user\", \"text\": \"Ho\"}\n"
                                "{\"role\": \"assistant\", \"text\": \"Hm\"}\n");
  ASSERT_EQ(dialogues.size(), 2u);
  EXPECT_EQ(told(dialogues[0].turns), "0 sad: Hi | 1 -: Hello");
  EXPECT_EQ(told(dialogues[1].turns), "0 -: Ho | 1 -: Hm");
  const std::vector<std::string> expected = {"chat.jsonl:4: role: expected user or assistant",
                                             "chat.jsonl:5: not valid JSON at column 16"};
  EXPECT_EQ(report_.rejects, expected);
}

TEST(AlternatingTurns, MergeDropAndAlternate) {
  Dialogue dialogue;
  dialogue.turns = {{1, "a", -1, 1}, {0, "b", -1, 2}, {0, "c", 4, 3}, {1, "d", -1, 4}, {0, "e", 2, 5}};
  EXPECT_EQ(told(alternating_turns(dialogue)), "0 sad: b\nc | 1 -: d") << "nobody asked for a, nobody answered e";
  dialogue.roles = Dialogue::Roles::nobody_helps;
  EXPECT_EQ(told(alternating_turns(dialogue)), "1 -: a | 0 sad: b\nc | 1 -: d | 0 fear: e");
}

TEST_F(Imports, MeldDev) {
  const fs::path meld = fs::path(MUECA_SHARED) / "data/conversations/meld_dev.csv";
  if (!fs::exists(meld)) GTEST_SKIP() << "skipped: " << meld << " is not here";
  const auto dialogues = import_dialogues(meld, {}, report_);
  EXPECT_EQ(report_.utterances, 1109);
  EXPECT_EQ(dialogues.size() + static_cast<std::size_t>(report_.rejected), 114u);
  EXPECT_EQ(report_.repairs.total(), 0);
  std::vector<int> counts(emotion_names().size());
  for (const Dialogue& dialogue : dialogues)
    for (const Turn& turn : dialogue.turns) ++counts[static_cast<std::size_t>(turn.emotion)];
  EXPECT_GT(counts[3], 150) << "MELD's joy";
}

}  // namespace
}  // namespace mueca
