// Studies: manifests and their complaints, and a tiny study end to end through the built tool.
#include <gtest/gtest.h>

#include <cmath>

#include "apps/study/manifest.h"
#include "apps/study/run.h"
#include "apps/study/statistics.h"
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
[arm.model]
name = "mobilenet_v2"
width = 0.35

[[arm]]
name = "second"
label = "The second"
start_from = "first"
seeds = [1, 2]
note = "starts from first"
[arm.model]
name = "mobilenet_v2"
width = 0.35
)";

TEST(StudyManifest, ReadsDataRecipeAndArms) {
  const Study study = parse_study(parse_toml(kTiny, "s.toml"), "s.toml", "s");
  ASSERT_EQ(study.arms.size(), 2u);
  EXPECT_EQ(study.arms[0].data, "faces");
  EXPECT_TRUE(study.arms[0].supporting);
  EXPECT_EQ(study.arms[1].seeds, (std::vector<std::uint64_t>{1, 2}));
  const RunConfig config = arm_config(study, study.arms[1], 2, {"out", 1, true});
  EXPECT_EQ(config.train.batch, 7);
  EXPECT_EQ(config.model.name, "mobilenet_v2");
  EXPECT_EQ(config.run.seed, 2u);
  EXPECT_EQ(config.model.seed, 2u);
  EXPECT_EQ(config.data.pack, "out/s/data/faces-14-7-14-48px-s1-d1.h5");
}

TEST(StudyTable, StudentsInterval) {
  const Spread m = spread_of(std::vector<double>{1, 2, 3, 4});
  EXPECT_DOUBLE_EQ(m.mean, 2.5);
  EXPECT_NEAR(m.deviation, 1.2909944, 1e-6);
  EXPECT_NEAR(m.high - m.mean, 3.182 * 1.2909944 / 2, 1e-6);
  EXPECT_TRUE(std::isnan(spread_of(std::vector<double>{1}).deviation));
  EXPECT_EQ(spread_of(std::vector<double>{1}).high, 1);
  EXPECT_TRUE(std::isnan(spread_of({}).mean));
}

TEST(StudyCommand, RunsOnceAndKeepsWhatIsThere) {
  const TestFolder folder;
  write_file_atomically(folder / "tiny.toml", kTiny);
  const std::vector<std::string> command = {"study",     "run", folder / "tiny.toml", "--out", folder / "runs",
                                            "--threads", "1"};
  const ToolOutput first = run_mueca(command);
  ASSERT_EQ(first.code, 0) << first.err;
  const fs::path study = fs::path(folder / "runs") / "tiny";
  const std::string table = read_file(study / "results.md", 1 << 20);
  EXPECT_NE(table.find("| The second | "), std::string::npos) << table;
  EXPECT_EQ(table.find("| first |"), std::string::npos) << table;
  EXPECT_NE(table.find("Student"), std::string::npos) << table;
  EXPECT_TRUE(fs::exists(study / "results.csv"));
  for (const char* name : {"second-s1.csv", "second-s2.csv"})
    EXPECT_TRUE(fs::exists(study / "confusion" / name)) << name;
  EXPECT_NE(first.err.find("initial weights: "), std::string::npos) << first.err;
  const std::string page = read_file(study / "report" / "report.html", 1 << 24);
  const std::string notebook = read_file(study / "report" / "tiny.ipynb", 1 << 24);
  EXPECT_NE(page.find("The second"), std::string::npos);
  EXPECT_EQ(page.find(folder.path().string()), std::string::npos) << "a path of this machine";

  const ToolOutput second = run_mueca(command);
  ASSERT_EQ(second.code, 0) << second.err;
  EXPECT_NE(second.err.find("already there: "), std::string::npos) << second.err;
  EXPECT_EQ(second.err.find("epoch 1/1"), std::string::npos) << second.err;
  EXPECT_EQ(read_file(study / "results.md", 1 << 20), table);
  EXPECT_EQ(read_file(study / "report" / "report.html", 1 << 24), page);
  EXPECT_EQ(read_file(study / "report" / "tiny.ipynb", 1 << 24), notebook);
  EXPECT_EQ(std::distance(fs::directory_iterator(study / "second"), fs::directory_iterator()), 2);
}

TEST(StudyCommand, KnowsItsWords) {
  const ToolOutput show = run_mueca({"study", "show", "quick", "--config"});
  EXPECT_EQ(show.code, 0) << show.err;
  EXPECT_NE(show.out.find("# mobilenet_v2, seed 1, starts from the weights of "), std::string::npos);
  EXPECT_EQ(run_mueca({"study", "run", "nothing"}).code, 1);
  EXPECT_EQ(run_mueca({"study"}).code, 2);
}

}  // namespace
}  // namespace mueca
