// --device and --precision, end to end through the built tool.
#include <gtest/gtest.h>

#include <filesystem>

#include "apps/run_results.h"
#include "apps/tool_test.h"
#include "core/device.h"
#include "core/files/atomic_file.h"
#include "data/faces.h"

namespace fs = std::filesystem;

namespace mueca {
namespace {

class Compute : public testing::Test {
 protected:
  void SetUp() override {
    Pack pack = generate_faces({.training = 14, .public_test = 7, .private_test = 7, .size = 24});
    save_pack(pack, folder_ / "faces.h5");
  }
  // Two steps of seven drawn faces.
  ToolOutput train(const std::string& name, const std::vector<std::string>& more) const {
    std::vector<std::string> all = {"train",
                                    "--data",
                                    folder_ / "faces.h5",
                                    "--model",
                                    "baseline_cnn",
                                    "--size",
                                    "16",
                                    "--set",
                                    "variant=gap",
                                    "--set",
                                    "width=0.125",
                                    "--batch",
                                    "7",
                                    "--epochs",
                                    "1",
                                    "--ema",
                                    "0.9",
                                    "--clip",
                                    "1",
                                    "--augment",
                                    "light",
                                    "--threads",
                                    "1",
                                    "--out",
                                    folder_ / "runs",
                                    "--name",
                                    name};
    all.insert(all.end(), more.begin(), more.end());
    return run_mueca(all);
  }
  fs::path run_of(const std::string& name) const {
    return fs::directory_iterator(fs::path(folder_ / "runs") / "single" / name)->path();
  }
  static std::string text(const fs::path& path) { return read_file(path, 1 << 22); }

  TestFolder folder_;
};

TEST_F(Compute, TrainsOnTheExecutorAndRecordsIt) {
  const ToolOutput done = train("here", {"--device", "emulated"});
  ASSERT_EQ(done.code, 0) << done.err;
  const fs::path run = run_of("here");
  EXPECT_NE(text(run / "env.json").find("\"device\": \"emulated\""), std::string::npos);
  EXPECT_NE(text(run / "env.json").find("\"precision\": \"float32\""), std::string::npos);
  EXPECT_EQ(read_results(run / "results.json").status, RunStatus::completed);
  // Where it was computed is no part of what was computed.
  EXPECT_EQ(text(run / "results.json").find("emulated"), std::string::npos);
  EXPECT_EQ(text(run / "config.toml").find("emulated"), std::string::npos);
  const std::string best = (run / "checkpoints" / "best.h5").string();
  for (const char* device : {"cpu", "emulated"}) {
    const ToolOutput scored =
        run_mueca({"evaluate", "--checkpoint", best, "--data", folder_ / "faces.h5", "--device", device});
    EXPECT_EQ(scored.code, 0) << scored.err;
  }
}

TEST_F(Compute, ARunGoesOnElsewhere) {
  ASSERT_EQ(train("there", {"--device", "emulated", "--precision", "bf16"}).code, 0);
  const std::string run = run_of("there").string();
  EXPECT_NE(text(fs::path(run) / "env.json").find("\"precision\": \"bf16\""), std::string::npos);
  const ToolOutput on = run_mueca({"train", "--resume", run, "--epochs", "2", "--device", "cpu"});
  EXPECT_EQ(on.code, 0) << on.err;
  EXPECT_NE(text(fs::path(run) / "env.json").find("\"device\": \"cpu\""), std::string::npos);
}

TEST_F(Compute, SaysWhatCannotBe) {
  const ToolOutput precise = train("no", {"--device", "cpu", "--precision", "bf16"});
  EXPECT_EQ(precise.code, 2);
  EXPECT_EQ(precise.err, "mueca: --precision bf16: the CPU always computes in float32; give --device cuda\n");
  const ToolOutput unknown = train("no", {"--device", "tpu"});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_NE(unknown.err.find("--device"), std::string::npos) << unknown.err;
  EXPECT_FALSE(fs::exists(folder_ / "runs"));
  if (has_device(Device::cuda)) GTEST_SKIP() << "skipped: there is a GPU, so nothing is missing";
  const ToolOutput cuda = train("no", {"--device", "cuda"});
  EXPECT_EQ(cuda.code, 1);
  EXPECT_EQ(cuda.err.find("mueca: --device cuda: "), 0u) << cuda.err;
  EXPECT_FALSE(fs::exists(folder_ / "runs"));
  const ToolOutput best = run_mueca({"train", "--data", folder_ / "faces.h5", "--dry-run", "--device", "auto"});
  EXPECT_EQ(best.code, 0);
  EXPECT_EQ(best.err.find("device: cpu; cuda cannot be used: "), 0u) << best.err;
}

}  // namespace
}  // namespace mueca
