#include "apps/figures/study_figures.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "apps/figures/gradcam_rows.h"
#include "apps/figures/se_attention.h"
#include "apps/figures/testing.h"
#include "apps/tool_test.h"
#include "core/files/atomic_file.h"
#include "data/faces.h"
#include "data/info.h"
#include "nn/checkpoint.h"
#include "nn/registry.h"

namespace mueca {
namespace {

// A study of two arms on 40 drawn faces, with all files that its runs would have left.
class StudyFiguresTest : public ::testing::Test {
 protected:
  void SetUp() override {
    FacesConfig faces;
    faces.training = 14, faces.public_test = 7, faces.private_test = 28, faces.size = 24;
    pack_ = generate_faces(faces);
    save_pack(pack_, folder_ / "faces.h5");
    study_.name = "s", study_.title = "A study";
    study_.data.emplace_back().name = "faces";
    study_.data.back().pack = folder_ / "faces.h5";
    results_.name = "s", results_.title = "A study";
    results_.data.push_back({"faces", "", pack_.class_names, pack_.split_names, pack_.source_names, {}});
    for (const auto& counts : count_classes(pack_)) results_.data[0].count.push_back({counts.begin(), counts.end()});
    add_arm("se_cnn", 1), add_arm("baseline_cnn", 2);
    StudyClaim claim;
    claim.value = 0.65, claim.spread = 0.05, claim.measure = "accuracy", claim.source = "humans (a paper)";
    results_.claims.push_back(about_se_cnn(claim));
    claim.value = 0.9, claim.spread = 0, claim.source = "someone";
    results_.claims.push_back(about_se_cnn(claim));
  }

  static ClaimResult about_se_cnn(const StudyClaim& claim) {
    ClaimResult result;
    result.claim = claim, result.arm = "se_cnn";
    return result;
  }

  void add_arm(const std::string& model, int seeds) {
    ArmResult arm;
    arm.arm.name = model, arm.arm.data = "faces", arm.arm.label = "The " + model;
    arm.matrix = ConfusionMatrix(7);
    std::vector<double> accuracies;
    for (int seed = 1; seed <= seeds; ++seed) {
      ArmRun run;
      run.seed = static_cast<std::uint64_t>(seed), run.folder = folder_ / str(model, seed), run.run.model = model;
      run.rows = pack_.rows_of("private_test");
      run.probabilities = Tensor({static_cast<Index>(run.rows.size()), 7});
      for (std::size_t i = 0; i < run.rows.size(); ++i) {
        run.labels.push_back(pack_.label[static_cast<std::size_t>(run.rows[i])]);
        const int said = i % 4 ? run.labels.back() : static_cast<int>(i % 7);
        for (int k = 0; k < 7; ++k)
          run.probabilities.data()[static_cast<Index>(i) * 7 + k] =
              k == said ? 0.7f - 0.01f * static_cast<float>(i) : (0.3f + 0.01f * static_cast<float>(i)) / 6;
        arm.matrix.add(run.labels.back(), said);
      }
      accuracies.push_back(0.7 + 0.01 * seed);
      run.sets.push_back({"private_test", static_cast<std::int64_t>(run.rows.size()), accuracies.back()});
      write_file_atomically(
          run.folder / "metrics.jsonl",
          "{\"epoch\":1,\"train_accuracy\":0.5,\"train_loss\":1.2,\"select_accuracy\":0.4,\"select_loss\":1.3}\n"
          "{\"epoch\":2,\"train_accuracy\":0.6,\"train_loss\":1.0,\"select_accuracy\":0.5,\"select_loss\":1.1}\n");
      CheckpointNotes notes;
      notes.model.name = model, notes.model.variant = "gap", notes.model.size = 24, notes.model.width = 0.25f;
      const auto network = make_model(notes.model);
      network->calibration = {1.5f, 0.4f, "public_test"};
      save_checkpoint(run.folder / "checkpoints" / "best.h5", *network, nullptr, nullptr, notes);
      arm.runs.push_back(std::move(run));
    }
    arm.accuracy = spread_of(accuracies);
    study_.arms.push_back(arm.arm);
    results_.arms.push_back(std::move(arm));
  }

  const TestFolder folder_;
  Pack pack_;
  Study study_;
  StudyResults results_;
};

TEST_F(StudyFiguresTest, DrawsWhatTheResultsAllow) {
  const auto figures = study_figures(results_, study_, {});
  std::vector<std::string> stems;
  for (const StudyFigure& f : figures) {
    stems.push_back(f.stem);
    SCOPED_TRACE(f.stem);
    expect_legible(f.canvas);
    EXPECT_TRUE(f.caption.ends_with(".")) << f.caption;
    EXPECT_FALSE(f.title.empty());
    EXPECT_LT(f.canvas.svg().size(), 600000u);
  }
  EXPECT_EQ(stems, (std::vector<std::string>{"accuracy", "learning-curves", "classes-faces", "confusion-se_cnn",
                                             "confusion-baseline_cnn", "pr-roc", "reliability", "mistakes", "surest",
                                             "grad-cam", "se-attention"}));
  const std::string accuracy = figures[0].canvas.svg(), reliability = figures[6].canvas.svg();
  EXPECT_NE(accuracy.find("humans (a paper): 60.0 to 70.0 %"), std::string::npos);
  EXPECT_NE(accuracy.find("90.0 %, someone"), std::string::npos);
  EXPECT_NE(reliability.find("before calibration: ECE"), std::string::npos);
  EXPECT_NE(reliability.find("temperature 1.50 from public_test: ECE"), std::string::npos);
  EXPECT_NE(figures[10].title.find("The se_cnn"), std::string::npos);  // the best arm has no SE blocks
  const auto again = study_figures(results_, study_, {});
  for (std::size_t i = 0; i < figures.size(); ++i) EXPECT_EQ(figures[i].canvas.svg(), again[i].canvas.svg());
}

TEST_F(StudyFiguresTest, LeavesOutWhatIsGone) {
  std::filesystem::remove_all(folder_ / "faces.h5");
  for (const ArmResult& arm : results_.arms)
    for (const ArmRun& run : arm.runs) std::filesystem::remove_all(run.folder);
  std::vector<std::string> stems;
  for (const StudyFigure& f : study_figures(results_, study_, {})) stems.push_back(f.stem);
  EXPECT_EQ(stems, (std::vector<std::string>{"accuracy", "classes-faces", "confusion-se_cnn", "confusion-baseline_cnn",
                                             "pr-roc", "reliability"}));
  EXPECT_TRUE(study_figures({}, {}, {}).empty());
}

TEST(GradCamRows, TheMapCoversItsWindow) {
  GradCamImage g{gray_raster(std::vector<std::uint8_t>(64, 90), 8, 8), {0, 0, 0, 1}, 2, 2, {2, 2, 4, 4}, 0, 1, 0.8f};
  const Raster heat = heat_raster(g, 8, 8);
  const auto at = [&](int x, int y, int channel) {
    return heat.rgba[static_cast<std::size_t>(4 * (8 * y + x) + channel)];
  };
  EXPECT_EQ(at(1, 4, 3), 0);  // clear around it
  EXPECT_EQ(at(2, 2, 3), 255);
  EXPECT_GT(at(5, 5, 0), at(2, 2, 0));  // brightest where the map is largest
  const Canvas canvas = gradcam_rows({g}, {"a", "b"}, "Rows");
  expect_legible(canvas);
  EXPECT_EQ(count(canvas.svg(), "<image"), 3u);
  expect_legible(gradcam_rows({}, {"a"}, "Nothing to see"));
  g.map.pop_back();
  EXPECT_THROW(heat_raster(g, 8, 8), Error);
}

TEST(SeAttention, SaysHowFarClassesLieApart) {
  // Two channels; class 0 has scales 0.25 and 0.5, class 1 0.25 and 0.9: deviations 0 and 0.2.
  const SeScales block{"block1_se", Tensor::from({4, 2}, {0.25f, 0.5f, 0.25f, 0.9f, 0.25f, 0.5f, 0.25f, 0.9f})};
  const std::vector<std::int32_t> labels{0, 1, 0, 1};
  const Canvas canvas = se_attention_figure(std::span(&block, 1), labels, {"a", "b", "never"}, "SE");
  expect_legible(canvas);
  EXPECT_NE(canvas.svg().find("classes lie 0.100 apart"), std::string::npos);
  EXPECT_NE(canvas.svg().find("block1_se, 2 channels"), std::string::npos);
  EXPECT_THROW(se_attention_figure({}, labels, {"a", "b"}, ""), Error);
  EXPECT_THROW(se_attention_figure(std::span(&block, 1), std::vector<std::int32_t>{0}, {"a"}, ""), Error);
}

}  // namespace
}  // namespace mueca
