// mueca train, end to end through the built tool.
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <thread>

#include "apps/run_results.h"
#include "apps/tool_test.h"
#include "core/files/atomic_file.h"
#include "core/files/sha256.h"
#include "nn/checkpoint.h"

namespace fs = std::filesystem;

namespace mueca {
namespace {

class TrainCommand : public testing::Test {
 protected:
  void SetUp() override {
    Pack pack = easy_pack(48);
    save_pack(pack, folder_ / "pack.h5");
  }

  // A small run: 3 steps of 16 images an epoch.
  std::vector<std::string> arguments(const std::string& out, std::vector<std::string> more = {}) const {
    std::vector<std::string> all = {
        "train",    "--data",      folder_ / "pack.h5", "--model",   "baseline_cnn", "--size", "16",
        "--set",    "width=0.125", "--batch",           "16",        "--epochs",     "4",      "--seed",
        "5",        "--out",       folder_ / out,       "--augment", "light",        "--ema",  "0.9",
        "--warmup", "1",           "--threads",         "1"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  fs::path only_run(const std::string& out) const {
    const fs::path experiment = fs::path(folder_ / out) / "single" / "baseline_cnn";
    const auto runs = std::distance(fs::directory_iterator(experiment), fs::directory_iterator());
    EXPECT_EQ(runs, 1);
    return fs::directory_iterator(experiment)->path();
  }
  static std::string text(const fs::path& path) { return read_file(path, 1 << 22); }

  TestFolder folder_;
};

TEST_F(TrainCommand, TrainsEvaluatesAndRecords) {
  const ToolOutput done = run_mueca(arguments("runs"));
  ASSERT_EQ(done.code, 0) << done.err;
  const fs::path run = only_run("runs");
  for (const char* name :
       {"config.toml", "cmdline.txt", "env.json", "train.log", "metrics.jsonl", "summary.csv", "predictions.csv",
        "results.json", "plots/curves.svg", "plots/confusion.png", "checkpoints/last.h5", "checkpoints/best.h5"})
    EXPECT_TRUE(fs::exists(run / name)) << name;
  const RunResults results = read_results(run / "results.json");
  EXPECT_EQ(results.status, RunStatus::completed);
  EXPECT_EQ(results.epochs_done, 4);
  ASSERT_TRUE(results.test);
  EXPECT_EQ(results.test->n, 48);
  EXPECT_GT(results.test->accuracy, 0.9);  // dark and bright
  EXPECT_NE(done.out.find("private_test  "), std::string::npos) << done.out;
  EXPECT_NE(done.err.find("epoch 4/4  loss "), std::string::npos) << done.err;
  EXPECT_EQ(done.err.find('\r'), std::string::npos);  // not a terminal
  EXPECT_EQ(read_checkpoint_notes(run / "checkpoints" / "best.h5").calibration.split, "public_test");
  const std::string predictions = text(run / "predictions.csv");
  EXPECT_EQ(std::count(predictions.begin(), predictions.end(), '\n'), 49);
  EXPECT_EQ(predictions.find("row,label,predicted,prob_dark,prob_bright\n96,dark,"), 0u) << predictions.substr(0, 80);
}

TEST_F(TrainCommand, ResumedEqualsUninterrupted) {
  ASSERT_EQ(run_mueca(arguments("whole", {"--epochs", "30"})).code, 0);
  // The signal is sent as soon as the first checkpoint within an epoch is there; 89 steps are still to come.
  const ToolOutput stopped = run_mueca(arguments("parts", {"--checkpoint-every", "1", "--epochs", "30"}), [&](int pid) {
    const fs::path experiment = fs::path(folder_ / "parts") / "single" / "baseline_cnn";
    for (int i = 0; i < 3000; ++i) {
      std::error_code error;
      for (fs::directory_iterator at(experiment, error), end; !error && at != end; at.increment(error))
        if (fs::exists(at->path() / "checkpoints" / "last.h5")) {
          kill(pid, SIGINT);
          return;
        }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  const fs::path run = only_run("parts");
  if (stopped.code == 0) GTEST_SKIP() << "skipped: the run was over before the signal came";
  ASSERT_EQ(stopped.code, 130) << stopped.err;
  EXPECT_NE(stopped.out.find("mueca train --resume"), std::string::npos) << stopped.out;
  EXPECT_EQ(read_results(run / "results.json").status, RunStatus::interrupted);
  ASSERT_TRUE(fs::exists(run / "checkpoints" / "last.h5"));

  const ToolOutput resumed = run_mueca({"train", "--resume", run.string(), "--threads", "1"});
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  const fs::path whole = only_run("whole");
  EXPECT_EQ(text(run / "predictions.csv"), text(whole / "predictions.csv"));
  EXPECT_EQ(read_results(run / "results.json").epochs_done, 30);
  const std::string rows = text(run / "summary.csv");
  EXPECT_EQ(std::count(rows.begin(), rows.end(), '\n'), 31);
}

TEST_F(TrainCommand, ASequenceModelLearnsFromClips) {
  Pack stills = easy_pack(48);  // dark, bright, dark ...: rows 0 2 4 make a dark clip, 1 3 5 a bright one
  std::vector<Index> rows;
  for (Index i = 0; i < stills.size(); i += 6)
    for (const Index offset : {0, 2, 4, 1, 3, 5}) rows.push_back(i + offset);
  Pack pack = select_rows(stills, rows);
  for (std::uint32_t i = 0; i < rows.size(); ++i) pack.clip.push_back(1 + i / 3);
  save_pack(pack, folder_ / "clips.h5");
  const std::vector<std::string> clips{
      "--data", folder_ / "clips.h5", "--model",  "cnn_gru", "--set", "frames=3", "--set", "hidden=8", "--batch", "4",
      "--name", "baseline_cnn",       "--epochs", "16",      "--lr",  "0.01"};
  const ToolOutput done = run_mueca(arguments("clips", clips));
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_NE(done.err.find("input 16x16x1, clips of 3 frames"), std::string::npos) << done.err;
  const fs::path run = only_run("clips");
  const RunResults results = read_results(run / "results.json");
  ASSERT_TRUE(results.test);
  EXPECT_EQ(results.test->n, 16);  // clips, not their 48 frames
  EXPECT_GT(results.test->accuracy, 0.9);
  EXPECT_EQ(text(run / "predictions.csv").find("row,label,predicted,prob_dark,prob_bright\n98,dark,"), 0u);

  // The same command in two parts ends with the same bytes.
  auto shorter = clips, whole = clips;
  for (auto* list : {&shorter, &whole}) list->insert(list->end(), {"--schedule", "constant"});
  shorter.insert(shorter.end(), {"--epochs", "2"});
  ASSERT_EQ(run_mueca(arguments("whole", whole)).code, 0);
  ASSERT_EQ(run_mueca(arguments("parts", shorter)).code, 0);
  ASSERT_EQ(run_mueca({"train", "--resume", only_run("parts").string(), "--epochs", "16", "--threads", "1"}).code, 0);
  EXPECT_EQ(sha256_file(only_run("parts") / "checkpoints/last.h5"),
            sha256_file(only_run("whole") / "checkpoints/last.h5"));

  const std::string checkpoint = (run / "checkpoints/best.h5").string();
  const auto evaluated = [&](std::vector<std::string> more) {
    std::vector<std::string> call{"evaluate", "--checkpoint", checkpoint, "--data", folder_ / "clips.h5"};
    call.insert(call.end(), more.begin(), more.end());
    return run_mueca(call);
  };
  EXPECT_NE(evaluated({}).err.find("cnn_gru, 16 clips, center"), std::string::npos);
  EXPECT_NE(evaluated({"--frame", "0"}).out.find("each clip up to 0 of its length"), std::string::npos);
  EXPECT_EQ(evaluated({"--frame", "2"}).code, 2);
  const ToolOutput none = run_mueca({"evaluate", "--checkpoint", checkpoint, "--data", folder_ / "pack.h5"});
  EXPECT_EQ(none.code, 1);
  EXPECT_NE(none.err.find("clips: the pack has none"), std::string::npos) << none.err;
}

TEST_F(TrainCommand, LongerRunFromAFinishedOne) {
  // A constant rate: the first two epochs are the same whether two or four are planned.
  ASSERT_EQ(run_mueca(arguments("whole", {"--schedule", "constant"})).code, 0);
  ASSERT_EQ(run_mueca(arguments("parts", {"--schedule", "constant", "--epochs", "2"})).code, 0);
  const fs::path run = only_run("parts");
  const ToolOutput resumed = run_mueca({"train", "--resume", run.string(), "--epochs", "4", "--threads", "1"});
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(text(run / "predictions.csv"), text(only_run("whole") / "predictions.csv"));
  EXPECT_EQ(sha256_file(run / "checkpoints" / "last.h5"), sha256_file(only_run("whole") / "checkpoints" / "last.h5"));
}

TEST_F(TrainCommand, DryRunWritesNothing) {
  const ToolOutput dry = run_mueca(arguments("dry", {"--dry-run"}));
  ASSERT_EQ(dry.code, 0) << dry.err;
  EXPECT_FALSE(fs::exists(folder_ / "dry"));
  EXPECT_NE(dry.out.find("[schedule]\n"), std::string::npos);
  EXPECT_NE(dry.out.find("steps    12 = 4 epochs of 3 batches of 16"), std::string::npos) << dry.out;
}

TEST_F(TrainCommand, SaysWhatIsWrong) {
  const auto expect = [](const std::vector<std::string>& arguments, int code, const std::string& sentence) {
    const ToolOutput output = run_mueca(arguments);
    EXPECT_EQ(output.code, code) << output.err;
    EXPECT_EQ(output.err.find("mueca: "), 0u) << output.err;
    EXPECT_NE(output.err.find(sentence), std::string::npos) << output.err;
    EXPECT_EQ(std::count(output.err.begin(), output.err.end(), '\n'), 1) << output.err;
  };
  const std::string pack = folder_ / "pack.h5";
  expect({"train"}, 2, "--data: a pack is needed");
  expect({"train", "--data", pack, "--epochs", "0"}, 2, "train.epochs: expected 1 to 100000, got 0");
  expect({"train", "--data", pack, "--lr", "fast"}, 2, "--lr: lr: expected a number in range, got \"fast\"");
  expect({"train", "--data", pack, "--set", "widht=1"}, 2,
         "--set widht=1: unknown key \"model.widht\", did you mean \"width\"? known in [model]");
  expect({"train", "--data", pack, "--nonsense"}, 2, "--nonsense");
  expect({"train", "--data", folder_ / "none.h5"}, 1, "none.h5");
  expect({"train", "--data", pack, "--train-on", "trian"}, 1,
         "data.train_on: the pack has no split \"trian\"; it has: training, public_test, private_test");
  expect({"train", "--data", pack, "--model", "resnet"}, 1, "resnet");
  expect({"train", "--resume", folder_.path().string()}, 1, "no config.toml");
  write_file_atomically(folder_ / "run.toml", "[data]\npack = \"x\"\n\n[train]\nepoch = 3\n");
  expect({"train", "--config", folder_ / "run.toml"}, 1, "run.toml:5: unknown key \"train.epoch\"");
}

TEST_F(TrainCommand, ResumeKeepsTheConfiguration) {
  ASSERT_EQ(run_mueca(arguments("runs", {"--epochs", "1"})).code, 0);
  const std::string run = only_run("runs").string();
  const ToolOutput other = run_mueca({"train", "--resume", run, "--lr", "0.5"});
  EXPECT_EQ(other.code, 2);
  EXPECT_NE(other.err.find("keeps its configuration"), std::string::npos) << other.err;

  Pack pack = easy_pack(40);
  save_pack(pack, folder_ / "other.h5");
  const ToolOutput moved = run_mueca({"train", "--resume", run, "--data", folder_ / "other.h5"});
  EXPECT_EQ(moved.code, 1);
  EXPECT_NE(moved.err.find("not the pack that this run was started with"), std::string::npos) << moved.err;
}

}  // namespace
}  // namespace mueca
