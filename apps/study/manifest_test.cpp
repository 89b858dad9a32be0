// Manifests: what they may say, and that every mistake is named with its line and the nearest match, all at once.
#include "apps/study/manifest.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/error.h"

namespace mueca {
namespace {

const char* const kArm = R"([data.faces]
generate = "faces"
[[arm]]
name = "plain"
[arm.model]
name = "linear"
)";

const char* const kStudy = R"(title = "Tiny"
default_profile = "small"

[data.faces]
generate = "faces"
training = 14

[data.balanced]
from = "faces"
balance = 20
[data.leaky]
from = "balanced"
split = "training=60,validation=20,test=20"
select_on = "validation"

[recipe.train]
batch = 7

[[arm]]
name = "first"
seeds = [1, 2]
[arm.model]
name = "se_cnn"
variant = "gap"
[[arm.claim]]
value = 71.2
spread = 0.5
source = "Goodfellow et al. 2013"
protocol = "the contest's private test set"

[[arm]]
name = "second"
start_from = "first"
[arm.data]
name = "leaky"
test_on = "test"
[arm.model]
name = "se_cnn"
variant = "gap"

[[arm]]
name = "nothing"
[arm.model]
name = "majority"

[[arm]]
name = "machine"
[arm.model]
name = "hog_svm"

[[arm]]
name = "both"
members = ["first", "machine"]
views = "flip"

[profile.small]
about = "for two cores"
seeds = [1]
skip = ["nothing"]
limit = 100
[profile.small.train]
epochs = 2
[profile.small.arm.second]
views = "ten_crop"
[profile.small.arm.second.train]
epochs = 3
)";

Study parse(const std::string& text) { return parse_study(parse_toml(text, "s.toml"), "s.toml", "s"); }

// What is said of the study with one place changed.
std::string error_of(const std::string& from, const std::string& to) {
  std::string text = kStudy;
  const auto at = text.find(from);
  if (at == std::string::npos) return "the text to replace is not there";
  text.replace(at, from.size(), to);
  try {
    parse(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::string value_of(const StudyArm& arm, const std::string& key) {
  std::string value;
  for (const Assignment& each : arm.values)
    if (each.key == key) value = each.value;
  return value;
}

TEST(StudyManifest, ReadsEveryKindOfArmAndDataSet) {
  const Study study = parse(kStudy);
  ASSERT_EQ(study.arms.size(), 5u);
  EXPECT_EQ(study.arms[0].kind, ArmKind::network);
  EXPECT_EQ(study.arms[2].kind, ArmKind::majority);
  EXPECT_EQ(study.arms[3].kind, ArmKind::svm);
  EXPECT_EQ(study.arms[4].kind, ArmKind::ensemble);
  EXPECT_EQ(study.arms[4].members, (std::vector<std::string>{"first", "machine"}));
  EXPECT_EQ(study.arms[4].seeds, (std::vector<std::uint64_t>{1}));  // what its members share
  EXPECT_EQ(study.arms[4].views, "flip");
  EXPECT_EQ(study.arms[1].data, "leaky");
  EXPECT_EQ(value_of(study.arms[1], "data.test_on"), "test");
  EXPECT_EQ(study.data[1].balance, 20);
  EXPECT_EQ(study.data[2].from, "balanced");
  const RunConfig second = resolve_config(all_values(study, study.arms[1]));
  EXPECT_EQ(second.data.select_on, "validation");  // the data set's
  EXPECT_EQ(second.data.test_on, "test");          // the arm's
  ASSERT_EQ(study.arms[0].claims.size(), 1u);
  const StudyClaim& claim = study.arms[0].claims[0];
  EXPECT_DOUBLE_EQ(claim.value, 0.712);
  EXPECT_DOUBLE_EQ(claim.spread, 0.005);
  EXPECT_EQ(claim.measure, "accuracy");
  EXPECT_EQ(claim.test_set, "private_test");  // the arm's
  EXPECT_EQ(claim.line, 25);
}

TEST(StudyManifest, ProfilesGoOverRecipeAndArms) {
  const Study base = parse(kStudy);
  EXPECT_EQ(base.profile, "full");
  const Study study = with_profile(base, "");
  EXPECT_EQ(study.profile, "small");
  ASSERT_EQ(study.arms.size(), 4u);
  EXPECT_EQ(study.arms[0].seeds, (std::vector<std::uint64_t>{1}));
  EXPECT_EQ(value_of(study.arms[0], "train.epochs"), "2");
  EXPECT_EQ(value_of(study.arms[0], "data.limit"), "100");
  EXPECT_EQ(value_of(study.arms[1], "train.epochs"), "3");
  EXPECT_EQ(study.arms[1].views, "ten_crop");
  EXPECT_EQ(with_profile(base, "full").arms.size(), 5u);
  try {
    with_profile(base, "smal");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "no profile \"smal\", did you mean \"small\"? there are: full small");
  }
}

TEST(StudyManifest, ComplaintsNameFileLineAndNearestMatch) {
  EXPECT_EQ(error_of("title =", "titel ="),
            "s.toml:1: study: unknown key \"titel\", did you mean \"title\"? known: title about question "
            "default_profile data "
            "recipe arm benchmark profile");
  EXPECT_EQ(error_of("\"small\"\n", "\"smal\"\n"),
            "s.toml:2: study: default_profile: no profile is named \"smal\", did you mean \"small\"?");
  EXPECT_EQ(error_of("batch = 7", "bach = 7")
                .find("s.toml:17: unknown key \"train.bach\", did you mean \"batch\"? known in [train]: epochs batch"),
            0u);
  EXPECT_EQ(error_of("training = 14", "training = \"x\"").substr(0, 32), "s.toml:6: data.faces: training: ");
  EXPECT_EQ(error_of("generate = \"faces\"", "generate = \"cats\""),
            "s.toml:5: data.faces: generate: expected one of faces, got \"cats\"");
  EXPECT_EQ(error_of("from = \"balanced\"", "from = \"balancd\""),
            "s.toml:12: data.leaky: from: no data set \"balancd\", did you mean \"balanced\"?");
  EXPECT_EQ(error_of("balance = 20", "balance = 20\nclasses = [\"happy\"]"),
            "s.toml:8: data.balanced: from: expected exactly one of classes, balance, split; chain data sets for more");
  EXPECT_EQ(error_of("start_from = \"first\"", "start_from = \"frist\""),
            "s.toml:33: arm second: start_from: no arm before this one is named \"frist\", did you mean \"first\"?");
  EXPECT_EQ(error_of("seeds = [1, 2]", "limit = 0"),
            "s.toml:21: arm first: limit: expected a number of rows or a share below 1");
  EXPECT_EQ(error_of("select_on = \"validation\"", "selct_on = \"validation\"")
                .find("s.toml:14: data.leaky: unknown key \"selct_on\", did you mean \"select_on\"?"),
            0u);
  EXPECT_EQ(error_of("seeds = [1, 2]", "seeds = []"), "s.toml:21: arm first: seeds: expected at least one");
  EXPECT_EQ(error_of("seeds = [1, 2]", "seeds = 1"), "s.toml:21: arm first: seeds: expected an array, got a number");
  EXPECT_EQ(error_of("seeds = [1, 2]", "seeds = [1, 1]"), "s.toml:21: arm first: seeds: 1 is there twice");
  EXPECT_NE(error_of("name = \"second\"", "name = \"../x\"").find("expected letters"), std::string::npos);
  EXPECT_NE(error_of("name = \"second\"", "name = \"first\"").find("two arms are named"), std::string::npos);
  EXPECT_EQ(
      error_of("name = \"hog_svm\"", "name = \"hog_smv\"")
          .find("s.toml:49: arm machine: unknown model \"hog_smv\", did you mean \"hog_svm\"? known: baseline_cnn"),
      0u);
  EXPECT_EQ(error_of("\"first\", \"machine\"", "\"first\", \"machin\""),
            "s.toml:53: arm both: members: no arm before this one is named \"machin\", did you mean \"machine\"?");
  EXPECT_EQ(error_of("\"flip\"", "\"flop\""),
            "s.toml:54: arm both: views: expected one of center, flip, ten_crop, got \"flop\", did you mean \"flip\"?");
  EXPECT_EQ(error_of("skip = [\"nothing\"]", "skip = [\"first\"]"),
            "s.toml:59: profile small: skip: arm \"second\" needs \"first\"\n"
            "s.toml:59: profile small: skip: arm \"both\" needs \"first\"");
  EXPECT_EQ(error_of("profile.small.arm.second.train", "profile.small.arm.secnd.train")
                .find("s.toml:65: profile small: no arm is named \"secnd\", did you mean \"second\"?"),
            0u);
}

TEST(StudyManifest, ClaimsNeedSourceProtocolAndPerCent) {
  EXPECT_EQ(error_of("source = \"Goodfellow et al. 2013\"\n", ""),
            "s.toml:25: claim of first: source: missing; who says so, and where");
  EXPECT_EQ(error_of("\"Goodfellow et al. 2013\"", "\" \""),
            "s.toml:28: claim of first: source: missing; who says so, and where");
  EXPECT_EQ(error_of("protocol = \"the contest's private test set\"\n", ""),
            "s.toml:25: claim of first: protocol: missing; how it was measured, one sentence");
  EXPECT_EQ(error_of("value = 71.2", "value = 0.712"),
            "s.toml:26: claim of first: value: expected per cent above 1 up to 100, got 0.712");
  EXPECT_EQ(error_of("spread = 0.5", "sprad = 0.5")
                .find("s.toml:27: claim of first: unknown key \"sprad\", did you mean \"spread\"?"),
            0u);
}

TEST(StudyManifest, AllMistakesComeAtOnceInTheOrderOfTheFile) {
  std::string text = kStudy;
  for (const auto& [from, to] : {std::pair{"members =", "mebers ="}, std::pair{"batch = 7", "batch = 0"},
                                 std::pair{"value = 71.2", "value = true"}, std::pair{"limit = 100", "limit = -1"}})
    text.replace(text.find(from), std::string(from).size(), to);
  try {
    parse(text);
    ADD_FAILURE();
  } catch (const Error& error) {
    const std::string what = error.what();
    EXPECT_EQ(what.find("s.toml:17: "), 0u) << what;
    EXPECT_NE(what.find("\ns.toml:26: claim of first: value: expected a number, got a boolean"), std::string::npos);
    EXPECT_NE(what.find("\ns.toml:53: arm both: unknown key \"mebers\", did you mean \"members\"?"), std::string::npos)
        << what;
    EXPECT_NE(what.find("\ns.toml:60: profile small: limit: expected a number of rows"), std::string::npos) << what;
    EXPECT_EQ(std::count(what.begin(), what.end(), '\n'), 3) << what;
  }
}

TEST(StudyManifest, BenchmarksAndWhatANumberIsMadeOf) {
  const std::string text = R"(title = "B"
[[benchmark]]
name = "cpu"
results = "a.json"
made_by = "bench"
)";
  const Study study = parse_study(parse_toml(text, "b.toml"), "b.toml", "b");
  EXPECT_EQ(study.benchmarks.at(0).label, "cpu");
  const auto complaint = [](const std::string& manifest) {
    try {
      parse_study(parse_toml(manifest, "b.toml"), "b.toml", "b");
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(
      complaint(text + "result = \"b.json\"\n").find("b.toml:6: benchmark cpu: unknown key \"result\", did you mean"),
      0u);
  EXPECT_EQ(complaint("[[benchmark]]\nname = \"x\"\nresults = \"x.json\"\n"),
            "b.toml:1: benchmark x: made_by: missing; the command that writes the results");
  EXPECT_NE(complaint("title = \"nothing\"\n").find("at least one [[arm]] or [[benchmark]] is missing"),
            std::string::npos);
  const std::string claim = std::string(kArm) + R"([[arm.claim]]
value = 80
source = "S"
protocol = "P"
made_of = "mostly {plian}"
)";
  EXPECT_NE(complaint(claim).find("made_of: no arm \"plian\", did you mean \"plain\"?"), std::string::npos)
      << complaint(claim);
}

TEST(StudyManifest, ShippedOnesAreValid) {
  ASSERT_FALSE(shipped_studies().empty());
  for (const auto& path : shipped_studies()) {
    const Study study = read_study(path);
    EXPECT_FALSE(study.arms.empty() && study.benchmarks.empty()) << path;
  }
  try {
    find_study("quik");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find("no study \"quik\", did you mean \"quick\"? there are: "), 0u);
  }
}

}  // namespace
}  // namespace mueca
