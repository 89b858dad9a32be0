// mueca features, end to end; and how rows are named.
#include <gtest/gtest.h>

#include "apps/row_list.h"
#include "apps/tool_test.h"
#include "core/error.h"
#include "core/files/hdf5.h"
#include "nn/keras.h"
#include "nn/registry.h"

namespace fs = std::filesystem;

namespace mueca {
namespace {

TEST(RowList, ReadsRangesInOrder) {
  EXPECT_EQ(parse_rows("0-2,7,5-5", 8), (std::vector<Index>{0, 1, 2, 7, 5}));
  for (const char* wrong : {"", "a", "3-1", "8", "0-8", "1,", "-1", "1-", "1;2", "0-99999999999999999999"})
    EXPECT_THROW(parse_rows(wrong, 8), Error) << wrong;
}

class FeaturesCommand : public testing::Test {
 protected:
  void SetUp() override {
    Pack pack = easy_pack(4);
    save_pack(pack, folder_ / "pack.h5");
    ModelConfig config;
    config.name = "mobilenet_v2";
    config.width = 0.35f;
    config.classes = 2;
    config.size = 32;
    save_keras_weights(*make_model(config), folder_ / "w.h5", KerasLayout::legacy);
  }
  ToolOutput features(std::vector<std::string> more) const {
    std::vector<std::string> all = {"features", "--data", folder_ / "pack.h5", "--out", folder_ / "f.h5"};
    all.insert(all.end(), more.begin(), more.end());
    return run_mueca(all);
  }
  TestFolder folder_;
};

TEST_F(FeaturesCommand, WritesPooledFeaturesOfAnyPublishedWidth) {
  const ToolOutput done =
      features({"--model", "mobilenet_v2", "--weights", folder_ / "w.h5", "--size", "32", "--rows", "0-2,9"});
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_NE(done.err.find("width 0.35"), std::string::npos) << done.err;
  const Hdf5File file = Hdf5File::open_read(folder_ / "f.h5");
  EXPECT_EQ(file.shape_of("features"), Shape({4, 1280}));
  EXPECT_EQ(file.read<std::int64_t>("rows"), (std::vector<std::int64_t>{0, 1, 2, 9}));
  EXPECT_EQ(file.read<std::int32_t>("labels"), (std::vector<std::int32_t>{0, 1, 0, 1}));
  EXPECT_EQ(file.read_text("/", "layer"), "features");
  const auto values = file.read<float>("features");
  EXPECT_NE(std::vector<float>(values.begin(), values.begin() + 1280),
            std::vector<float>(values.begin() + 1280, values.begin() + 2560));
}

TEST_F(FeaturesCommand, SaysWhatIsWrong) {
  const auto expect = [&](const std::vector<std::string>& more, int code, const std::string& sentence) {
    const ToolOutput output = features(more);
    EXPECT_EQ(output.code, code) << output.err;
    EXPECT_NE(output.err.find(sentence), std::string::npos) << output.err;
    EXPECT_FALSE(fs::exists(folder_ / "f.h5"));
  };
  const std::string weights = folder_ / "w.h5";
  expect({}, 2, "give either --checkpoint, or --model with --weights");
  expect({"--model", "mobilenet_v2"}, 2, "needs --weights");
  expect({"--model", "mobilenet_v2", "--weights", weights, "--rows", "12"}, 1, "beyond the last row, 11");
  expect({"--model", "mobilenet_v2", "--weights", weights, "--layer", "nowhere"}, 1, "nowhere");
  expect({"--model", "mobilenet_v2", "--weights", weights, "--set", "width=0.5"}, 1, "w.h5");
  expect({"--model", "mobilenet_v2", "--weights", folder_ / "pack.h5"}, 1, "pack.h5");
}

TEST_F(FeaturesCommand, ExportedWeightsAreTheCheckpoints) {
  const ToolOutput trained =
      run_mueca({"train", "--data", folder_ / "pack.h5", "--model", "mobilenet_v2", "--size", "32", "--set",
                 "width=0.35", "--batch", "4", "--epochs", "1", "--out", folder_ / "runs", "--threads", "1"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  const fs::path run = fs::directory_iterator(fs::path(folder_ / "runs") / "single" / "mobilenet_v2")->path();
  const std::string checkpoint = (run / "checkpoints" / "best.h5").string();
  EXPECT_EQ(run_mueca({"export", "--checkpoint", checkpoint, "--out", folder_ / "k.h5"}).code, 0);
  EXPECT_EQ(
      run_mueca({"export", "--checkpoint", checkpoint, "--out", folder_ / "k.weights.h5", "--layout", "keras3"}).code,
      0);
  const ToolOutput wrong =
      run_mueca({"export", "--checkpoint", checkpoint, "--out", folder_ / "x.h5", "--layout", "keras3"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_NE(wrong.err.find("*.weights.h5"), std::string::npos) << wrong.err;

  const auto values = [&](std::vector<std::string> source) {
    const ToolOutput done = features(source);
    EXPECT_EQ(done.code, 0) << done.err;
    return Hdf5File::open_read(folder_ / "f.h5").read<float>("features");
  };
  const auto from_checkpoint = values({"--checkpoint", checkpoint});
  EXPECT_EQ(
      run_mueca({"export", "--checkpoint", checkpoint, "--out", folder_ / "small.h5", "--layout", "checkpoint"}).code,
      0);
  EXPECT_EQ(values({"--checkpoint", folder_ / "small.h5"}), from_checkpoint);
  EXPECT_LT(fs::file_size(folder_ / "small.h5"), fs::file_size(checkpoint) / 2);
  for (const char* name : {"k.h5", "k.weights.h5"})
    EXPECT_EQ(values({"--model", "mobilenet_v2", "--weights", folder_ / name, "--size", "32"}), from_checkpoint)
        << name;
}

}  // namespace
}  // namespace mueca
