// Studies end to end through the built tool: that they find the same however they are run, and that nothing begins
// before everything that can be wrong is named.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <set>
#include <sstream>
#include <thread>

#include "apps/run_directory.h"
#include "apps/study/data_sets.h"
#include "apps/tool_test.h"
#include "core/error.h"
#include "core/files/atomic_file.h"

namespace fs = std::filesystem;

namespace mueca {
namespace {

const char* const kStudy = R"(title = "Tiny"
default_profile = "quick"

[data.faces]
generate = "faces"
training = 28
public_test = 14
private_test = 28

[recipe.model]
name = "linear"
dropout = 0
[recipe.train]
batch = 7
epochs = 2

[[arm]]
name = "first"
seeds = [1, 2]
[[arm.claim]]
value = 50
source = "nobody"
protocol = "none"

[[arm]]
name = "second"
start_from = "first"

[[arm]]
name = "both"
members = ["first", "second"]

[[arm]]
name = "guess"
[arm.model]
name = "majority"

[profile.quick]
about = "fewer epochs"
[profile.quick.train]
epochs = 1
)";

class StudyRuns : public testing::Test {
 protected:
  StudyRuns() { write_file_atomically(folder_ / "tiny.toml", kStudy); }

  std::vector<std::string> command(const char* word, const char* out, std::vector<std::string> more = {}) const {
    std::vector<std::string> all{"study", word, folder_ / "tiny.toml", "--out", folder_ / out};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  ToolOutput run(const char* out, std::vector<std::string> more = {}) const {
    more.insert(more.end(), {"--threads", "1"});
    return run_mueca(command("run", out, std::move(more)));
  }
  fs::path file(const char* out, const char* name) const { return fs::path(folder_ / out) / "tiny" / name; }
  // results.json but for times.
  std::string found(const char* out) const {
    std::istringstream in(read_file(file(out, "results.json"), 1 << 22));
    std::string text;
    for (std::string line; std::getline(in, line);)
      if (line.find("\"seconds\":") == std::string::npos) text += line + "\n";
    return text;
  }
  std::ptrdiff_t runs_of(const char* out, const char* arm) const {
    return std::distance(fs::directory_iterator(file(out, arm)), fs::directory_iterator());
  }

  const TestFolder folder_;
};

TEST_F(StudyRuns, JobsShardsAndKillsChangeNothing) {
  const ToolOutput whole = run("whole");
  ASSERT_EQ(whole.code, 0) << whole.err;
  EXPECT_NE(whole.err.find("epoch 1/1"), std::string::npos) << whole.err;  // the profile's

  const ToolOutput jobs = run_mueca(command("run", "jobs", {"--threads", "2", "--jobs", "2"}));
  ASSERT_EQ(jobs.code, 0) << jobs.err;
  EXPECT_NE(jobs.err.find("second, seed 1: done, "), std::string::npos) << jobs.err;
  EXPECT_EQ(found("jobs"), found("whole"));

  for (const char* shard : {"1/2", "2/2"}) {
    const ToolOutput part = run("shards", {"--shard", shard});
    ASSERT_EQ(part.code, 0) << part.err;
    EXPECT_FALSE(fs::exists(file("shards", "results.json")));
  }
  EXPECT_EQ(runs_of("shards", "first"), 2);
  const ToolOutput report = run_mueca(command("report", "shards", {"--threads", "1"}));
  ASSERT_EQ(report.code, 0) << report.err;
  EXPECT_EQ(found("shards"), found("whole"));

  const ToolOutput killed = run_mueca(command("run", "killed", {"--threads", "1"}), [&](int pid) {
    while (!fs::exists(file("killed", "first")) && kill(pid, 0) == 0) std::this_thread::yield();
    kill(pid, SIGKILL);
  });
  EXPECT_EQ(killed.code, 128 + SIGKILL);
  EXPECT_FALSE(fs::exists(file("killed", "results.json")));
  const ToolOutput resumed = run_mueca({"study", "resume", folder_ / "tiny.toml", "--out", folder_ / "killed"});
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(found("killed"), found("whole"));
}

TEST_F(StudyRuns, TwoProcessesShareTheWork) {
  ToolOutput other;
  const ToolOutput one = run_mueca(command("run", "runs", {"--threads", "1"}), [&](int) {
    other = run_mueca(command("run", "runs", {"--threads", "1"}));
  });
  ASSERT_EQ(one.code, 0) << one.err;
  ASSERT_EQ(other.code, 0) << other.err;
  EXPECT_EQ(runs_of("runs", "first"), 2);
  EXPECT_EQ(runs_of("runs", "second"), 1);
}

TEST_F(StudyRuns, OneThatFailsIsNamedAndTheOthersGoOn) {
  write_file_atomically(file("runs", "second"), "in the way of a folder");
  for (const char* jobs : {"1", "2"}) {
    const ToolOutput done = run("runs", {"--jobs", jobs});
    EXPECT_EQ(done.code, 1);
    EXPECT_NE(done.err.find("failed: second, seed 1: "), std::string::npos) << done.err;
    EXPECT_NE(done.err.find("mueca: 1 run failed:\n  second, seed 1: "), std::string::npos) << done.err;
    EXPECT_EQ(runs_of("runs", "first"), 2);
    EXPECT_TRUE(fs::exists(file("runs", "results.json")));
  }
}

TEST_F(StudyRuns, InterruptedJobsStopAndGoOn) {
  const auto long_run =
      command("run", "runs", {"--threads", "2", "--jobs", "2", "--profile", "full", "--seeds", "1-4"});
  const ToolOutput stopped = run_mueca(long_run, [&](int pid) {
    while (!fs::exists(file("runs", "first")) && kill(pid, 0) == 0) std::this_thread::yield();
    kill(pid, SIGINT);
  });
  ASSERT_EQ(stopped.code, 130) << stopped.err;
  EXPECT_NE(stopped.out.find("mueca study resume tiny"), std::string::npos) << stopped.out;
  const ToolOutput resumed =
      run_mueca({"study", "resume", "tiny", "--out", folder_ / "runs", "--jobs", "1", "--threads", "1"});
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  std::size_t completed = 0;
  for (const auto& entry : fs::directory_iterator(file("runs", "first")))
    completed += fs::exists(entry.path() / "results.json") &&
                 read_results(entry.path() / "results.json").status == RunStatus::completed;
  EXPECT_EQ(completed, 4u);  // the recorded --seeds
}

TEST_F(StudyRuns, DryRunTellsCostsAndWritesNothing) {
  const ToolOutput dry = run("runs", {"--dry-run", "--jobs", "2", "--seeds", "1-3"});
  ASSERT_EQ(dry.code, 0) << dry.err;
  EXPECT_FALSE(fs::exists(folder_ / "runs"));
  for (const char* part : {"first", "16 135", "16.1 k", "to run, after first", "6 runs to make", "2 jobs at once",
                           "three training steps", "both: averages first second"})
    EXPECT_NE(dry.out.find(part), std::string::npos) << part << "\n" << dry.out;
  ASSERT_EQ(run("runs").code, 0);
  const ToolOutput after = run("runs", {"--dry-run"});
  EXPECT_NE(after.out.find("nothing to train"), std::string::npos) << after.out;
  const ToolOutput longer = run("runs", {"--dry-run", "--profile", "full"});
  EXPECT_NE(longer.out.find("speed of earlier runs"), std::string::npos) << longer.out;
}

TEST_F(StudyRuns, ShowTellsWhatIsThere) {
  const ToolOutput before = run_mueca(command("show", "runs"));
  ASSERT_EQ(before.code, 0) << before.err;
  EXPECT_FALSE(fs::exists(folder_ / "runs"));
  for (const char* part : {"Tiny", "0 of 2", "mean of first, second", "nobody", "quick (default)", "fewer epochs"})
    EXPECT_NE(before.out.find(part), std::string::npos) << part << "\n" << before.out;
  ASSERT_EQ(run("runs", {"--seeds", "2", "--arms", "first"}).code, 0);
  EXPECT_NE(run_mueca(command("show", "runs")).out.find("1 of 2"), std::string::npos);
  const ToolOutput config = run_mueca(command("show", "runs", {"--config"}));
  EXPECT_NE(config.out.find("# second, seed 1, starts from the weights of first\n[data]"), std::string::npos);
}

class StudyMistakes : public StudyRuns {
 protected:
  // What `word` says when the manifest has these lines, too; nothing may have been written.
  std::string said(const char* word, const std::string& more, std::vector<std::string> flags = {}) {
    write_file_atomically(folder_ / "tiny.toml", std::string(kStudy) + more);
    std::vector<std::string> arguments{"study", word, folder_ / "tiny.toml"};
    if (word == std::string("run")) flags.insert(flags.end(), {"--out", folder_ / "runs"});
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    const ToolOutput done = run_mueca(arguments);
    EXPECT_NE(done.code, 0);
    EXPECT_FALSE(fs::exists(folder_ / "runs"));
    std::string text = done.err;
    const std::string path = (folder_.path() / "").string();
    for (auto at = text.find(path); at != std::string::npos; at = text.find(path)) text.erase(at, path.size());
    return text;
  }
};

TEST_F(StudyMistakes, MissingFilesAreNamedBeforeAnythingRuns) {
  Pack pack = easy_pack(4);
  save_pack(pack, folder_ / "fer2013.h5");
  save_pack(pack, folder_ / "mobilenet.h5");
  const std::string more = R"([data.fer]
pack = "fer213.h5"
[[arm]]
name = "third"
data = "fer"
[[arm]]
name = "fourth"
weights = "mobilnet.h5"
)";
  for (const char* word : {"run", "validate"}) {
    const std::string text = said(word, more);
    EXPECT_NE(text.find("tiny.toml:43: data.fer: no pack fer213.h5, did you mean \"fer2013.h5\"? make it with mueca "
                        "data import, or say where it is: --data fer=FILE"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("tiny.toml:49: arm fourth: no weights mobilnet.h5, did you mean \"mobilenet.h5\"?"),
              std::string::npos)
        << text;
  }
  const ToolOutput rest = run("runs", {"--skip-missing", "--seeds", "1"});
  ASSERT_EQ(rest.code, 0) << rest.err;
  EXPECT_NE(rest.err.find("left out: third: no pack fer213.h5"), std::string::npos) << rest.err;
  EXPECT_NE(rest.err.find("left out: fourth: no weights mobilnet.h5"), std::string::npos) << rest.err;
  const ToolOutput named = run("runs", {"--arms", "third", "--data", folder_ / "fer2013.h5", "--dry-run"});
  EXPECT_EQ(named.code, 0) << named.err;
  EXPECT_NE(named.out.find("third"), std::string::npos) << named.out;
}

TEST_F(StudyMistakes, RunsThatCannotBeAreNamedBeforeAnythingRuns) {
  const std::string text = said("run", R"([[arm]]
name = "third"
[arm.data]
train_on = "trainig"
[[arm]]
name = "fourth"
[arm.model]
name = "se_resnet"
depth = 11
[data.some]
from = "faces"
classes = ["happy", "sadd"]
[[arm]]
name = "fifth"
data = "some"
)");
  EXPECT_NE(text.find("tiny.toml:42: arm third: data.train_on: the pack has no split \"trainig\""), std::string::npos)
      << text;
  EXPECT_NE(text.find("tiny.toml:46: arm fourth: se_resnet: depth"), std::string::npos) << text;
  EXPECT_NE(text.find("tiny.toml:52: data.some: "), std::string::npos) << text;
  EXPECT_NE(said("validate", "[[arm]]\nname = \"x\"\n[arm.model]\nname = \"liner\"\n")
                .find("tiny.toml:45: arm x: unknown model \"liner\", did you mean \"linear\"?"),
            std::string::npos);
}

TEST_F(StudyMistakes, FlagsAreNamed) {
  for (const auto& [flags, sentence] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"--profile", "quik"}, "did you mean \"quick\"?"},
           {{"--arms", "frist"}, "--arms: no arm \"frist\" in tiny, profile quick, did you mean \"first\"?"},
           {{"--seeds", "1-x"}, "--seeds: expected numbers such as 1,2,3 or 1-3, got \"1-x\""},
           {{"--shard", "3/2"}, "--shard: expected i/n with i from 1 to n"},
           {{"--data", "x.h5"}, "--data x.h5: the study has 0 data sets that are files"},
           {{"--limit=-1"}, "data.limit: expected a number of rows"}})
    EXPECT_NE(said("run", "", flags).find(sentence), std::string::npos) << sentence << "\n" << said("run", "", flags);
  const ToolOutput nothing = run_mueca({"study", "resume", "tiny", "--out", folder_ / "runs"});
  EXPECT_EQ(nothing.code, 1);
  EXPECT_NE(nothing.err.find("no study was started there"), std::string::npos) << nothing.err;
}

TEST(StudyOptionsText, SeedsAreNumbersAndRanges) {
  EXPECT_EQ(parse_seeds("3"), (std::vector<std::uint64_t>{3}));
  EXPECT_EQ(parse_seeds("1,2,7-9,2"), (std::vector<std::uint64_t>{1, 2, 7, 8, 9}));
  for (const char* wrong : {"", "a", "1,", "3-1", "1-2-3", "-1", "1-99999", "1.5"})
    EXPECT_THROW(parse_seeds(wrong), Error) << wrong;
}

// The same images, balanced before the split and after it: copies of training images in the test split, or none.
TEST(StudyData, TheOrderOfStepsDecidesWhetherCopiesLeak) {
  const TestFolder folder;
  const Study study = parse_study(parse_toml(R"([data.faces]
generate = "faces"
training = 60
public_test = 7
private_test = 7
[data.balanced]
from = "faces"
balance = 20
[data.leaky]
from = "balanced"
split = "training=60,private_test=40"
[data.dealt]
from = "faces"
split = "training=60,private_test=40"
keep_together = true
[data.honest]
from = "dealt"
balance = 20
balance_split = "training"
[data.two]
from = "faces"
classes = ["sad", "angry"]
[[arm]]
name = "x"
)",
                                             "s.toml"),
                                  "s.toml", "s");
  const StudyOptions options{folder / "runs", 1, true};
  DataSets data(study, options, true);
  const auto shared = [&](const char* name) {  // test images whose original training has, too
    const Pack& pack = data.get(name);
    const auto original = [&](Index row) {
      const auto r = static_cast<std::size_t>(row);
      return std::pair(pack.source[r], pack.row[r]);
    };
    std::set<std::pair<std::uint16_t, std::uint32_t>> training;
    for (const Index row : pack.rows_of("training")) training.insert(original(row));
    const auto test = pack.rows_of("private_test");
    return std::count_if(test.begin(), test.end(), [&](Index row) { return training.contains(original(row)); });
  };
  EXPECT_GT(shared("leaky"), 10);
  EXPECT_EQ(shared("honest"), 0);
  EXPECT_EQ(data.get("two").class_names, (std::vector<std::string>{"sad", "angry"}));

  // Kept under names that say how; the same again from the files, and other content once the parent differs.
  const fs::path path = data_path(study, study.data[2], options);
  EXPECT_EQ(path.filename(), "faces-60-7-7-48px-s1-d1_balance-20-seed-1_split-training-60-private_test-40-seed-1.h5");
  const auto written = fs::last_write_time(path);
  DataSets again(study, options, true);
  EXPECT_EQ(again.get("leaky").sha256, data.get("leaky").sha256);
  EXPECT_EQ(fs::last_write_time(path), written);
  Pack other = data.get("two");
  save_pack(other, data_path(study, study.data[1], options));  // no longer what the step makes
  DataSets repaired(study, options, true);
  EXPECT_EQ(repaired.get("balanced").sha256, data.get("balanced").sha256);
}

}  // namespace
}  // namespace mueca
