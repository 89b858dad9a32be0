// mueca data, end to end: from a CSV to splits, twins and exports, and what bad input gets.
#include <gtest/gtest.h>

#include "apps/tool_test.h"
#include "core/files/atomic_file.h"
#include "data/info.h"

namespace mueca {
namespace {

// 30 rows of 2 x 2 pixels, five labels; row 29 is a twin of row 0 with another label.
std::string small_csv() {
  std::string text = "emotion,pixels,Usage\n";
  for (int i = 0; i < 29; ++i) text += str(i % 5, ",", i, " 1 2 3,", i < 20 ? "Training" : "PublicTest", "\n");
  return text + "3,0 1 2 3,PrivateTest\n";
}

TEST(Data, FromCsvToSplitsTwinsAndExports) {
  const TestFolder folder;
  write_file_atomically(folder / "small.csv", small_csv());
  const ToolOutput imported = run_mueca({"data", "import", folder / "small.csv", "--out", folder / "a.h5"});
  ASSERT_EQ(imported.code, 0) << imported.err;
  EXPECT_NE(imported.out.find("training"), std::string::npos);
  EXPECT_NE(imported.err.find("30 images of 2 x 2 pixels"), std::string::npos);

  const ToolOutput twins =
      run_mueca({"data", "twins", folder / "a.h5", "--csv", folder / "t.csv", "--out", folder / "u.h5"});
  ASSERT_EQ(twins.code, 0) << twins.err;
  EXPECT_NE(twins.out.find("1 groups of twins with different labels, 2 images"), std::string::npos) << twins.out;
  EXPECT_NE(read_file(folder / "t.csv", 10000).find("private_test,training,1,100.0,1,"), std::string::npos);
  EXPECT_EQ(load_pack(folder / "u.h5").size(), 29);

  ASSERT_EQ(
      run_mueca({"data", "split", folder / "a.h5", "--out", folder / "s.h5", "--parts", "training=50,test=50"}).code,
      0);
  EXPECT_EQ(load_pack(folder / "s.h5").split_names, (std::vector<std::string>{"training", "test"}));
  const ToolOutput info = run_mueca({"data", "info", folder / "s.h5"});
  EXPECT_NE(info.out.find("split: training=50 test=50, seed 0"), std::string::npos) << info.out;

  ASSERT_EQ(run_mueca({"data", "export", folder / "a.h5", "--csv", folder / "back.csv"}).code, 0);
  EXPECT_EQ(read_file(folder / "back.csv", 10000), small_csv());
  const ToolOutput merged =
      run_mueca({"data", "import", folder / "a.h5", folder / "back.csv", "--out", folder / "m.h5"});
  ASSERT_EQ(merged.code, 0) << merged.err;
  EXPECT_EQ(load_pack(folder / "m.h5").source_names, (std::vector<std::string>{"small", "back"}));
}

TEST(Data, BadRowsFailOrAreCountedAndNothingIsHalfWritten) {
  const TestFolder folder;
  write_file_atomically(folder / "bad.csv", "emotion,pixels\n0,1 2 3 4\n9,1 2 3 4\n1,5 6 7 8\n");
  const ToolOutput failed = run_mueca({"data", "import", folder / "bad.csv", "--out", folder / "a.h5"});
  EXPECT_EQ(failed.code, 1);
  EXPECT_NE(failed.err.find("bad.csv:3:1: emotion: \"9\" is not a label"), std::string::npos) << failed.err;
  EXPECT_FALSE(std::filesystem::exists(folder / "a.h5"));
  const ToolOutput skipped = run_mueca({"data", "import", folder / "bad.csv", "--out", folder / "a.h5", "--skip-bad"});
  EXPECT_EQ(skipped.code, 0);
  EXPECT_NE(skipped.err.find("1 bad rows skipped, 2 rows taken"), std::string::npos) << skipped.err;
  EXPECT_EQ(load_pack(folder / "a.h5").size(), 2);
  EXPECT_EQ(run_mueca({"data", "import", folder / "bad.csv"}).code, 2);
  EXPECT_EQ(run_mueca({"data", "export", folder / "a.h5"}).code, 2);
  EXPECT_EQ(run_mueca({"data", "balance", folder / "a.h5", "--out", folder / "b.h5", "--per-class", "5"}).code, 1);
  EXPECT_FALSE(std::filesystem::exists(folder / "b.h5"));
}

TEST(Data, DrawsAndBalancesFaces) {
  const TestFolder folder;
  const ToolOutput drawn = run_mueca({"data", "faces", "--out", folder / "f.h5", "--training", "70", "--public-test",
                                      "14", "--private-test", "14", "--size", "24"});
  ASSERT_EQ(drawn.code, 0) << drawn.err;
  ASSERT_EQ(run_mueca({"data", "balance", folder / "f.h5", "--out", folder / "b.h5", "--per-class", "12", "--split",
                       "training"})
                .code,
            0);
  const Pack pack = load_pack(folder / "b.h5");
  EXPECT_EQ(count_classes(pack)[0], std::vector<Index>(7, 12));
  EXPECT_EQ(pack.size(), 7 * 12 + 28);
}

}  // namespace
}  // namespace mueca
