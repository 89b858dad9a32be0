// What gather_results finds in the folders of a tiny study that the built tool ran.
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <sstream>
#include <thread>

#include "apps/study/results.h"
#include "apps/study/run.h"
#include "apps/tool_test.h"
#include "core/error.h"
#include "core/files/atomic_file.h"

namespace fs = std::filesystem;

namespace mueca {
namespace {

const char* const kTiny = R"(title = "Tiny"

[data.faces]
generate = "faces"
training = 14
public_test = 7
private_test = 14

[recipe.train]
batch = 7
epochs = 1

[[arm]]
name = "first"
supporting = true
seeds = [1, 2]
[arm.model]
name = "mobilenet_v2"
width = 0.35

[[arm]]
name = "second"
label = "The second"
start_from = "first"
seeds = [1, 2]
[arm.model]
name = "mobilenet_v2"
width = 0.35
[[arm.claim]]
value = 50
measure = "training_accuracy"
source = "nobody"
protocol = "none"

[[arm]]
name = "both"
members = ["first", "second"]

[[arm]]
name = "majority"
[arm.model]
name = "majority"
)";

class GatheredStudy : public testing::Test {
 protected:
  void SetUp() override { write_file_atomically(folder_ / "tiny.toml", kTiny); }

  ToolOutput run(const std::string& out, const std::function<void(int pid)>& while_running = {}) const {
    return run_mueca({"study", "run", folder_ / "tiny.toml", "--out", folder_ / out, "--threads", "1"}, while_running);
  }
  fs::path place(const std::string& out) const { return fs::path(folder_ / out) / "tiny"; }
  std::string json(const std::string& out) const { return read_file(place(out) / "results.json", 1 << 20); }

  // The folder of the second arm's run with this seed.
  fs::path run_folder(const std::string& out, const std::string& seed) const {
    for (const auto& entry : fs::directory_iterator(place(out) / "second"))
      if (entry.path().string().ends_with("-s" + seed)) return entry.path();
    return {};
  }
  StudyResults gather(const std::string& out) const {
    const Study study = read_study(folder_ / "tiny.toml");
    StudyOptions options;
    options.out = folder_ / out, options.threads = 1, options.quiet = true;
    return gather_results(study, options);
  }

  TestFolder folder_;
};

std::string without_times(const std::string& json) {
  std::string out;
  std::istringstream in(json);
  for (std::string line; std::getline(in, line);)
    if (line.find("\"seconds\":") == std::string::npos) out += line + "\n";
  return out;
}

TEST_F(GatheredStudy, IsTheSameAgainAndAfterAKill) {
  ASSERT_EQ(run("whole").code, 0);
  for (const char* name : {"results", "recall", "claims", "comparisons"})
    for (const char* kind : {".md", ".csv", ".tex", ".html"})
      EXPECT_TRUE(fs::exists(place("whole") / (std::string(name) + kind))) << name << kind;
  const std::string first = json("whole");
  EXPECT_EQ(first.find(folder_.path().string()), std::string::npos);  // no paths
  const ToolOutput again = run("whole");
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(again.err.find("evaluating"), std::string::npos) << again.err;
  EXPECT_EQ(json("whole"), first);

  const fs::path second = place("killed") / "second";
  run("killed", [&](int pid) {
    for (int i = 0; i < 30000 && !fs::exists(second); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    kill(pid, SIGKILL);
  });
  ASSERT_TRUE(fs::exists(second));
  const ToolOutput resumed = run("killed");
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(without_times(json("killed")), without_times(first));
}

TEST_F(GatheredStudy, ListsWhatIsMissingAndMakesNothingOfIt) {
  EXPECT_THROW(gather("runs"), Error);
  ASSERT_EQ(run("runs").code, 0);
  const fs::path record = run_folder("runs", "2") / "results.json";
  std::string text = read_file(record, 1 << 20);
  text.replace(text.find("COMPLETED"), 9, "RUNNING");
  write_file_atomically(record, text);
  const StudyResults results = gather("runs");
  ASSERT_EQ(results.arms.size(), 3u);
  ASSERT_EQ(results.arms[0].runs.size(), 1u);
  EXPECT_EQ(results.arms[0].runs[0].seed, 1u);
  EXPECT_EQ(results.arms[0].chosen_on, "public_test");
  EXPECT_EQ(results.missing,
            (std::vector<std::string>{"second, seed 2: unfinished, 1 of 1 epochs", "both, seed 2: waits for second"}));
  // What the run recorded of its test is what is worked out from its checkpoint here.
  const ArmRun& first = results.arms[0].runs[0];
  EXPECT_EQ(first.sets[0].accuracy, first.run.test->accuracy);
  EXPECT_EQ(first.sets[0].loss, first.run.test->loss);
  EXPECT_EQ(first.sets[0].calibration_error, first.run.test->calibration_error);
}

TEST_F(GatheredStudy, AnswersForArmsThatTrainNothing) {
  ASSERT_EQ(run("runs").code, 0);
  const StudyResults results = gather("runs");
  ASSERT_EQ(results.arms.size(), 3u);
  const ArmResult &second = results.arms[0], &both = results.arms[1], &majority = results.arms[2];
  ASSERT_EQ(both.runs.size(), 2u);
  EXPECT_EQ(both.runs[0].run.parameters, 2 * second.runs[0].run.parameters);
  EXPECT_EQ(both.chosen_on, "public_test");
  EXPECT_TRUE(both.runs[0].folder.empty());
  EXPECT_EQ(majority.chosen_on, "-");
  EXPECT_EQ(majority.runs[0].run.parameters, 0);
  ASSERT_EQ(majority.runs[0].probabilities.shape(), Shape({14, 7}));
  for (const float p : majority.runs[0].probabilities.to_vector()) EXPECT_NEAR(p, 1.0 / 7, 1e-6);  // two faces of each
  ASSERT_EQ(results.claims.size(), 1u);
  EXPECT_EQ(second.runs[0].training->split, "training");
  EXPECT_EQ(second.runs[0].training->n, 14);
  EXPECT_NE(results.claims[0].verdict, Verdict::not_comparable) << results.claims[0].why;
  EXPECT_EQ(results.comparisons.size(), 3u);
  EXPECT_TRUE(results.missing.empty());
}

TEST_F(GatheredStudy, EvaluatesAgainWhenTheCheckpointChanged) {
  ASSERT_EQ(run("runs").code, 0);
  const fs::path kept = run_folder("runs", "2") / "evaluation" / "private_test-center.csv";
  const std::string before = read_file(kept, 1 << 20);
  fs::copy_file(run_folder("runs", "1") / "checkpoints/best.h5", run_folder("runs", "2") / "checkpoints/best.h5",
                fs::copy_options::overwrite_existing);
  const StudyResults results = gather("runs");
  EXPECT_NE(read_file(kept, 1 << 20), before);
  const auto& runs = results.arms.at(0).runs;
  for (Index i = 0; i < runs[0].probabilities.size(); ++i)
    ASSERT_EQ(runs[0].probabilities.data()[i], runs[1].probabilities.data()[i]);
}

}  // namespace
}  // namespace mueca
