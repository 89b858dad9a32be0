#include "apps/evaluation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "apps/faces/predict.h"
#include "apps/scores.h"
#include "apps/tool_test.h"
#include "core/error.h"
#include "core/files/atomic_file.h"
#include "core/ops.h"
#include "nn/checkpoint.h"
#include "nn/registry.h"

namespace fs = std::filesystem;

namespace mueca {
namespace {

TEST(Evaluation, AnEnsembleMeansProbabilities) {
  const Tensor a = Tensor::from({2, 2}, {0, 0, 4, 0}), b = Tensor::from({2, 2}, {0, std::log(3.0f), 0, 8});
  const std::vector<Tensor> members{a, b};
  const Tensor p = softmax(ensemble_logits(members)), pa = softmax(a), pb = softmax(b);
  for (int i = 0; i < 4; ++i) EXPECT_NEAR(p.data()[i], 0.5f * (pa.data()[i] + pb.data()[i]), 1e-6);
  EXPECT_FLOAT_EQ(p.data()[0], 0.375f);
  EXPECT_EQ(ensemble_logits(std::span(members).first(1)).data(), a.data());
  EXPECT_THROW(ensemble_logits({}), Error);
}

// Confident logits of one row.
void say(Tensor& logits, Index row, int label) {
  for (Index k = 0; k < logits.extent(1); ++k) logits.data()[row * logits.extent(1) + k] = k == label ? 5.0f : 0.0f;
}

TEST(Evaluation, SubsetsLeaveOutTwinsAndNonFaces) {
  Pack pack = easy_pack(10);                                 // private_test: rows 20 to 29, labels in turns
  std::ranges::copy(pack.image(0), pack.image(20).begin());  // two twins of training images
  std::ranges::copy(pack.image(1), pack.image(21).begin());
  pack.votes.assign(static_cast<std::size_t>(pack.size() * Pack::kVotes), 0);
  for (Index row = 0; row < pack.size(); ++row)
    pack.votes[static_cast<std::size_t>(row * Pack::kVotes + (row == 25 ? 9 : 0))] = 10;  // row 25 is no face
  Tensor logits({10, 2});
  for (Index i = 0; i < 10; ++i) say(logits, i, pack.label[static_cast<std::size_t>(20 + i)]);
  say(logits, 5, 0);  // rows 25 and 27 are said to be dark, and are bright
  say(logits, 7, 0);
  const Evaluation e = evaluate(pack, "private_test", pack.rows_of("private_test"), logits);
  ASSERT_EQ(e.sets.size(), 3u);
  EXPECT_EQ(e.sets[0].n, 10);
  EXPECT_DOUBLE_EQ(e.sets[0].accuracy, 0.8);
  EXPECT_EQ(e.sets[1].split, "private_test, no twin in training");
  EXPECT_EQ(e.sets[1].n, 8);
  EXPECT_DOUBLE_EQ(e.sets[1].accuracy, 0.75);
  EXPECT_EQ(e.sets[2].split, "private_test, faces only");
  EXPECT_EQ(e.sets[2].n, 9);
  EXPECT_DOUBLE_EQ(e.sets[2].accuracy, 8.0 / 9);
  EXPECT_EQ(e.matrix(1, 0), 2);
  const Pack plain = easy_pack(10);  // nothing to leave out
  EXPECT_EQ(evaluate(plain, "private_test", plain.rows_of("private_test"), logits).sets.size(), 1u);
  EXPECT_THROW(evaluate(pack, "private_test", pack.rows_of("private_test"), Tensor({9, 2})), Error);

  const Table classes = class_table(e.matrix, pack.class_names);
  EXPECT_EQ(classes.rows[1], (std::vector<std::string>{"bright", "5", "100.0", "60.0", "0.750"}));
  EXPECT_EQ(csv_table(confusion_table(e.matrix, pack.class_names)),
            "true \\ predicted,dark,bright\ndark,5,0\nbright,2,3\n");
}

class EvaluateCommand : public testing::Test {
 protected:
  void SetUp() override {
    Pack pack = easy_pack(24);
    save_pack(pack, folder_ / "pack.h5");
    checkpoint("a.h5", 1, pack.class_names);
    checkpoint("b.h5", 2, pack.class_names);
  }
  void checkpoint(const std::string& name, std::uint64_t seed, const std::vector<std::string>& classes) {
    ModelConfig config;
    config.name = "baseline_cnn", config.size = 16, config.width = 0.125f, config.classes = 2, config.seed = seed;
    const auto model = make_model(config);
    model->input.crop = 0.75f;
    CheckpointNotes notes;
    notes.class_names = classes;
    save_checkpoint(folder_ / name, *model, nullptr, nullptr, notes);
  }
  std::vector<std::string> arguments(std::vector<std::string> more) const {
    std::vector<std::string> all{"evaluate", "--data", folder_ / "pack.h5"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  TestFolder folder_;
};

TEST_F(EvaluateCommand, TheWindowComesWithTheCheckpoint) {
  const auto model = load_model(folder_ / "a.h5");
  EXPECT_EQ(model->input.crop, 0.75f);
  const AugmentView view = views_of(*model, {16, 16}, EvaluationViews::center).front();
  EXPECT_EQ(view.m[0], 0.75f);  // 12 pixels of the image fill 16 of the input
  EXPECT_NEAR(view.m[2], 2 + 0.5 * 0.75 - 0.5, 1e-6);
}

TEST_F(EvaluateCommand, ScoresAnEnsembleAndWritesEverything) {
  const auto call = arguments({"--checkpoint", folder_ / "a.h5", "--checkpoint", folder_ / "b.h5", "--views", "flip",
                               "--out", folder_ / "out"});
  const ToolOutput done = run_mueca(call);
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_NE(done.out.find("Each network"), std::string::npos) << done.out;
  EXPECT_NE(done.out.find("ensemble of 2 networks: mean of their probabilities"), std::string::npos) << done.out;
  for (const char* name : {"figures.csv", "classes.csv", "confusion.csv", "predictions.csv", "confusion.svg",
                           "confusion.png", "evaluation.md"})
    EXPECT_TRUE(fs::exists(folder_.path() / "out" / name)) << name;

  // The same figure, worked out here.
  const Pack pack = load_pack(folder_ / "pack.h5");
  const auto rows = pack.rows_of("private_test");
  std::vector<Tensor> members;
  for (const char* name : {"a.h5", "b.h5"}) {
    const auto model = load_model(folder_ / name);
    members.push_back(predict_logits(*model, pack.images, rows, views_of(*model, {16, 16}, EvaluationViews::flip), 7));
  }
  const Evaluation e = evaluate(pack, "private_test", rows, ensemble_logits(members));
  EXPECT_EQ(read_file(folder_ / "out/confusion.csv", 1 << 16), csv_table(confusion_table(e.matrix, pack.class_names)));

  const std::string before = read_file(folder_ / "out/predictions.csv", 1 << 16);
  ASSERT_EQ(run_mueca(call).code, 0);
  EXPECT_EQ(read_file(folder_ / "out/predictions.csv", 1 << 16), before);
}

TEST_F(EvaluateCommand, BadInputIsNamed) {
  const auto bad = [&](std::vector<std::string> more) { return run_mueca(arguments(std::move(more))); };
  EXPECT_EQ(bad({}).code, 2);
  EXPECT_EQ(bad({"--checkpoint", folder_ / "a.h5", "--views", "tencrop"}).code, 2);
  ToolOutput out = bad({"--checkpoint", folder_ / "a.h5", "--split", "privat"});
  EXPECT_EQ(out.code, 1);
  EXPECT_NE(out.err.find("private_test"), std::string::npos) << out.err;
  out = bad({"--checkpoint", folder_ / "absent.h5", "--out", folder_ / "out"});
  EXPECT_EQ(out.code, 1);
  EXPECT_NE(out.err.find("absent.h5"), std::string::npos) << out.err;
  EXPECT_FALSE(fs::exists(folder_.path() / "out"));
  checkpoint("other.h5", 1, {"happy", "sad"});
  out = bad({"--checkpoint", folder_ / "other.h5"});
  EXPECT_EQ(out.code, 1);
  EXPECT_NE(out.err.find("happy, sad; the pack has dark, bright"), std::string::npos) << out.err;
}

}  // namespace
}  // namespace mueca
