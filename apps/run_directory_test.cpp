#include "apps/run_directory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "core/error.h"
#include "core/files/atomic_file.h"

namespace fs = std::filesystem;

namespace mueca {
namespace {

class RunDirectoryTest : public testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::temp_directory_path() / str("mueca_runs_", getpid());
    fs::remove_all(root_);
    config_.run.out = root_.string();
    config_.run.seed = 7;
  }
  void TearDown() override { fs::remove_all(root_); }
  static std::string text(const fs::path& path) { return read_file(path, 1 << 20); }
  static EpochFigures epoch(int number) {
    EpochFigures f;
    f.epoch = number, f.epochs = 9, f.train_loss = 1.0 / number;
    return f;
  }

  fs::path root_;
  RunConfig config_;
};

TEST_F(RunDirectoryTest, NeverWritesIntoAnotherRun) {
  const RunDirectory a = RunDirectory::create(config_, "mueca train"), b = RunDirectory::create(config_, "mueca train");
  EXPECT_NE(a.path(), b.path());
  EXPECT_EQ(a.path().parent_path(), root_ / "single" / "baseline_cnn");
  EXPECT_NE(a.path().filename().string().find("-s7"), std::string::npos);
  EXPECT_EQ(text(a.path() / "cmdline.txt"), "mueca train\n");
  EXPECT_EQ(config_text(resolve_config(a.assignments())), text(a.path() / "config.toml"));
  EXPECT_EQ(read_results(a.path() / "results.json").status, RunStatus::running);
}

TEST_F(RunDirectoryTest, RecordsEachEpochInThreeWays) {
  RunDirectory run = RunDirectory::create(config_, "mueca train");
  run.record(epoch(1));
  run.record(epoch(2));
  const std::string lines = text(run.path() / "metrics.jsonl"), rows = text(run.path() / "summary.csv");
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 2);
  EXPECT_EQ(lines.find("{\"epoch\":1,\"train_loss\":1.0,"), 0u) << lines;
  EXPECT_EQ(std::count(rows.begin(), rows.end(), '\n'), 3);
  EXPECT_NE(rows.find("\n2,0.5,"), std::string::npos) << rows;
  const auto count = std::count_if(fs::directory_iterator(run.path()), {}, [](const auto& entry) {
    return entry.path().filename().string().rfind("events.out.tfevents.", 0) == 0;
  });
  EXPECT_EQ(count, 1);
}

TEST_F(RunDirectoryTest, ForgetsEpochsThatNoCheckpointHolds) {
  RunDirectory run = RunDirectory::create(config_, "mueca train");
  for (int i = 1; i <= 4; ++i) run.record(epoch(i));
  run.keep_epochs(2);
  run.record(epoch(3));
  const std::string rows = text(run.path() / "summary.csv");
  EXPECT_EQ(std::count(rows.begin(), rows.end(), '\n'), 4);
  EXPECT_EQ(rows.find("\n4,"), std::string::npos);
}

TEST_F(RunDirectoryTest, FindsTheNewestRunOfAnIdentity) {
  EXPECT_TRUE(newest_run(config_, "same", false).empty());
  const RunDirectory first = RunDirectory::create(config_, ""), second = RunDirectory::create(config_, "");
  const RunDirectory other = RunDirectory::create(config_, "");
  RunResults results;
  results.identity = "same";
  for (const auto& run : {first, second}) run.write_results(results);
  for (const auto& run : {first, other}) std::ofstream(run.checkpoint("last")) << "x";
  EXPECT_EQ(newest_run(config_, "same", false), first.path());
  EXPECT_TRUE(newest_run(config_, "same", true).empty());
  results.status = RunStatus::completed;
  second.write_results(results);
  EXPECT_EQ(newest_run(config_, "same", true), second.path());
}

TEST_F(RunDirectoryTest, ResultsReadBack) {
  RunResults r;
  r.status = RunStatus::completed;
  r.model = "se_cnn";
  r.test = SplitFigures{"private_test", 3589, 0.65, 0.634, 0.666, 0.62, 1.01, 0.03};
  const RunDirectory run = RunDirectory::create(config_, "");
  run.write_results(r);
  const RunResults back = read_results(run.path() / "results.json");
  EXPECT_EQ(results_json(back), results_json(r));
  EXPECT_FALSE(back.select);
  EXPECT_EQ(back.test->n, 3589);
}

TEST_F(RunDirectoryTest, RefusesWhatIsNoRun) {
  fs::create_directories(root_);
  EXPECT_THROW(RunDirectory::open(root_), Error);
  write_file_atomically(root_ / "results.json", "{\"status\": \"DONE\"}");
  try {
    read_results(root_ / "results.json");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("results.json: not a results file of a run"), std::string::npos);
  }
  config_.run.out = "/proc/nowhere";
  EXPECT_THROW(RunDirectory::create(config_, ""), Error);
}

}  // namespace
}  // namespace mueca
