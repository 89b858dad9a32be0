// mueca predict from outside. The pictures are drawn; those of ../shared, where there are any, are seen in
// apps/faces/pipeline_test.cpp.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "apps/faces/testing.h"
#include "apps/tool_test.h"
#include "core/files/atomic_file.h"
#include "data/faces.h"

namespace mueca {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string text_of(const std::string& path) { return read_file(path, 1 << 20); }

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

class Predict : public ::testing::Test {
 protected:
  Predict() {
    write_file_atomically(folder / "b.png", encoded(".png", gradient(60, 50)));
    write_file_atomically(folder / "a.jpg", encoded(".jpg", gradient(48, 48)));
    write_file_atomically(folder / "cut.jpg", encoded(".jpg", gradient(48, 48)).substr(0, 400));
  }
  TestFolder folder;
};

TEST_F(Predict, NoFaceIsACountAndNoError) {
  const ToolOutput run = run_mueca({"predict", folder / "a.jpg", folder / "b.png", "--json", folder / "out.json",
                                    "--csv", folder / "out.csv", "--annotate"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(run.err, "2 pictures, 0 faces\n");
  EXPECT_NE(run.out.find("no face"), std::string::npos);
  const json report = json::parse(text_of(folder / "out.json"));
  EXPECT_EQ(report["pictures"].size(), 2u);
  EXPECT_EQ(report["pictures"][1]["file"], folder / "b.png");
  EXPECT_EQ(report["pictures"][1]["height"], 60);
  EXPECT_TRUE(report["pictures"][1]["faces"].empty());
  const std::string csv = text_of(folder / "out.csv");
  EXPECT_EQ(lines_of(csv), 3u);
  EXPECT_NE(csv.find(",angry,disgust,fear,happy,sad,surprise,neutral,error\n"), std::string::npos);
  EXPECT_NE(csv.find("b.png,0,,"), std::string::npos);
  EXPECT_FALSE(fs::exists(folder / "a.faces.jpg"));
}

TEST_F(Predict, CompoundEmotionsSayWhereTheyComeFrom) {
  const ToolOutput run = run_mueca({"predict", folder / "a.jpg", "--whole-image", "--compound", "--json",
                                    folder / "out.json", "--csv", folder / "out.csv"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_NE(run.out.find("derived from the basic probabilities by a rule"), std::string::npos) << run.out;
  const json report = json::parse(text_of(folder / "out.json"));
  const json& compound = report["pictures"][0]["faces"][0]["compound"];
  EXPECT_TRUE(compound["origin"] == "derived" || compound["origin"] == "basic") << compound;
  EXPECT_FALSE(compound["name"].get<std::string>().empty());
  EXPECT_NE(report["compound"].get<std::string>().find("not trained"), std::string::npos);
  EXPECT_NE(text_of(folder / "out.csv").find("neutral,compound,compound_score,compound_origin,error\n"),
            std::string::npos);
  const ToolOutput wrong = run_mueca({"predict", folder / "a.jpg", "--compound=" + (folder / "b.png")});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_NE(wrong.err.find("b.png"), std::string::npos) << wrong.err;
}

// A support vector machine goes through the same commands as a network.
TEST_F(Predict, ClassicMachinesAreTrainedScoredAndAsked) {
  Pack pack = generate_faces({.training = 70, .public_test = 21, .private_test = 21});
  save_pack(pack, folder / "faces.h5");
  const ToolOutput training = run_mueca(
      {"train", "--model", "hog_svm", "--data", folder / "faces.h5", "--out", folder / "runs", "--threads", "1"});
  ASSERT_EQ(training.code, 0) << training.err;
  std::string machine;
  for (const auto& entry : fs::recursive_directory_iterator(folder / "runs"))
    if (entry.path().filename() == "best.h5") machine = entry.path().string();
  const ToolOutput scored =
      run_mueca({"evaluate", "--checkpoint", machine, "--data", folder / "faces.h5", "--split", "private_test"});
  EXPECT_EQ(scored.code, 0) << scored.err;
  const ToolOutput asked = run_mueca(
      {"predict", folder / "a.jpg", "--whole-image", "--checkpoint", machine, "--model", "hog_svm", "--json", "-"});
  ASSERT_EQ(asked.code, 0) << asked.err;
  EXPECT_EQ(json::parse(asked.out)["pictures"][0]["faces"].size(), 1u);
  const ToolOutput wrong = run_mueca({"predict", folder / "a.jpg", "--checkpoint", machine, "--model", "vgg"});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_NE(wrong.err.find("not vgg"), std::string::npos) << wrong.err;
}

TEST_F(Predict, OneBrokenFileStopsNoOther) {
  const ToolOutput run = run_mueca(
      {"predict", folder.path().string(), folder / "none.jpg", folder / "*.gif", "--whole-image", "--json", "-"});
  EXPECT_EQ(run.code, 1);
  EXPECT_NE(run.err.find(folder / "cut.jpg" + ": the JPEG picture is cut off"), std::string::npos) << run.err;
  EXPECT_NE(run.err.find(folder / "none.jpg" + ": no such file"), std::string::npos) << run.err;
  EXPECT_NE(run.err.find(folder / "*.gif" + ": no file matches"), std::string::npos) << run.err;
  EXPECT_TRUE(run.err.ends_with("5 pictures, 2 faces, 3 failed\n")) << run.err;
  const json report = json::parse(run.out);
  int answers = 0, errors = 0;
  for (const json& picture : report["pictures"]) {
    errors += picture.contains("error");
    if (!picture.contains("faces")) continue;
    ASSERT_EQ(picture["faces"].size(), 1u);
    const json& face = picture["faces"][0];
    EXPECT_EQ(face["box"]["width"], picture["width"]);
    double sum = 0, most = 0;
    for (const auto& [name, p] : face["probabilities"].items()) {
      sum += p.get<double>();
      most = std::max(most, p.get<double>());
    }
    EXPECT_EQ(face["probabilities"].size(), 7u);
    EXPECT_NEAR(sum, 1, 1e-5);
    EXPECT_EQ(face["confidence"], most);
    EXPECT_EQ(face["probabilities"][face["most_probable"].get<std::string>()], most);
    ++answers;
  }
  EXPECT_EQ(answers, 2);
  EXPECT_EQ(errors, 3);
}

TEST_F(Predict, BelowTheThresholdTheAnswerIsUncertain) {
  const auto label = [&](const std::string& least) {
    const ToolOutput run =
        run_mueca({"predict", folder / "a.jpg", "--whole-image", "--quiet", "--min-confidence", least, "--csv", "-"});
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_EQ(run.err, "");
    return run.out;
  };
  EXPECT_NE(label("1").find(",uncertain,"), std::string::npos);
  EXPECT_EQ(label("0").find(",uncertain,"), std::string::npos);
}

TEST_F(Predict, AnnotatedCopiesOverwriteNothing) {
  const std::string before = text_of(folder / "a.jpg");
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(run_mueca({"predict", folder / "a.jpg", "--whole-image", "--annotate"}).code, 0);
  EXPECT_EQ(text_of(folder / "a.jpg"), before);
  EXPECT_TRUE(fs::exists(folder / "a.faces.jpg"));
  EXPECT_TRUE(fs::exists(folder / "a.faces-1.jpg"));
  const ToolOutput run = run_mueca({"predict", folder / "b.png", "--whole-image", "--annotate=" + folder / "new/place",
                                    "--explain=" + folder / "why"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(cv::imread(folder / "new/place/b.faces.png").size(), cv::Size(50, 60));
  EXPECT_FALSE(cv::imread(folder / "why/b.explained.png").empty());
}

TEST_F(Predict, SaysWhatIsWrongWithTheCommand) {
  EXPECT_EQ(run_mueca({"predict"}).code, 2);
  EXPECT_EQ(run_mueca({"predict", "a.jpg", "--detector", "hog"}).code, 2);
  EXPECT_EQ(run_mueca({"predict", "a.jpg", "--json", "-", "--csv", "-"}).code, 2);
  const ToolOutput model = run_mueca({"predict", folder / "a.jpg", "--model", "se_cnn"});
  EXPECT_EQ(model.code, 1);
  EXPECT_NE(model.err.find("holds the model baseline_cnn, not se_cnn"), std::string::npos) << model.err;
  const ToolOutput none = run_mueca({"predict", folder / "a.jpg", "--checkpoint", folder / "none.h5"});
  EXPECT_EQ(none.code, 1);
  EXPECT_NE(none.err.find("none.h5"), std::string::npos) << none.err;
}

}  // namespace
}  // namespace mueca
