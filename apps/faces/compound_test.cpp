#include "apps/faces/compound_namer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "core/files/atomic_file.h"
#include "core/files/sha256.h"
#include "data/compound.h"
#include "nn/checkpoint.h"
#include "nn/metrics.h"
#include "nn/registry.h"

namespace mueca {
namespace {

// angry disgust fear happy sad surprise neutral
CompoundAnswer derived(std::vector<float> p) { return derive_compound(emotion_names(), p); }

TEST(CompoundRule, TwoStrongEmotionsMakeOne) {
  const CompoundAnswer a = derived({.02f, .02f, .02f, .5f, .02f, .32f, .1f});
  EXPECT_EQ(a.name, "happily surprised");
  EXPECT_EQ(a.origin, "derived");
  EXPECT_NEAR(a.score, 2 * std::sqrt((.5 / .9) * (.32 / .9)), 1e-6);  // neutral is dropped first
}

TEST(CompoundRule, CaptionsSayWhereANameComesFrom) {
  EXPECT_EQ(compound_caption({"sadly fearful", .5f, "derived"}), "sadly fearful (derived)");
  EXPECT_EQ(compound_caption({"awed", .5f, "trained"}), "awed (trained)");
  EXPECT_EQ(compound_caption({"happy", .9f, "basic"}), "") << "the face's own caption says so";
  EXPECT_EQ(compound_caption({}), "");
}

TEST(CompoundRule, FallsBackToTheBasicLabel) {
  EXPECT_EQ(derived({0, 0, 0, .25f, 0, .23f, .52f}).name, "neutral") << "neutral is at least a half";
  EXPECT_EQ(derived({0, 0, 0, .25f, 0, .26f, .49f}).name, "happily surprised") << "and here it is not";
  EXPECT_EQ(derived({.05f, .05f, .05f, .6f, .05f, .19f, .01f}).name, "happy") << "one is below 0.2";
  EXPECT_EQ(derived({0, 0, 0, .75f, 0, .25f, 0}).name, "happy") << "1/3 is no balance";
  EXPECT_EQ(derived({0, 0, 0, .74f, 0, .26f, 0}).name, "happily surprised") << "0.3514 is";
  for (const std::vector<float>& p :
       {std::vector<float>{.5f, 0, 0, .5f, 0, 0, 0}, {0, 0, .5f, .5f, 0, 0, 0}, {0, 0, 0, .5f, .5f, 0, 0}})
    EXPECT_EQ(derived(p).origin, "basic") << "happy goes with neither anger, fear nor sadness";
}

TEST(CompoundRule, DominanceTellsThePairsOfSeveralCategories) {
  EXPECT_EQ(derived({.5f, .5f, 0, 0, 0, 0, 0}).name, "angrily disgusted");
  EXPECT_EQ(derived({.35f, .65f, 0, 0, 0, 0, 0}).name, "appalled");
  EXPECT_EQ(derived({.65f, .35f, 0, 0, 0, 0, 0}).name, "hatred");
  EXPECT_EQ(derived({0, 0, .5f, 0, 0, .5f, 0}).name, "fearfully surprised");
  EXPECT_EQ(derived({0, 0, .35f, 0, 0, .65f, 0}).name, "awed");
  EXPECT_EQ(derived({0, 0, .65f, 0, 0, .35f, 0}).name, "fearfully surprised");
}

TEST(CompoundRule, EveryCategoryCanBeSaidAndOnlyByItsPair) {
  const auto& names = emotion_names();
  for (const CompoundEmotion& c : compound_emotions()) {
    std::vector<float> p(7, 0.0f);
    const float more = c.dominant == Dominant::first ? .7f : .5f;
    for (std::size_t k = 0; k < 7; ++k) p[k] = names[k] == c.first ? more : names[k] == c.second ? 1 - more : 0;
    EXPECT_EQ(derived(p).name, c.name);
  }
  EXPECT_EQ(compound_emotions().size(), 15u);
  EXPECT_THROW(derive_compound({"happy", "sad"}, std::vector<float>{.5f, .5f}), Error);
}

class CompoundHeadTest : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }
  std::string refusal() const {
    try {
      load_compound_head(path_, *recognizer_->network());
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
  const std::unique_ptr<Recognizer> recognizer_ = open_recognizer(shipped_checkpoint());
  const std::filesystem::path path_ =
      std::filesystem::path(testing::TempDir()) /
      str("mueca_compound_", testing::UnitTest::GetInstance()->current_test_info()->name(), ".h5");
};

// Drawn faces of 15 categories; the features are of a network that never saw a drawn face. Chance is 6.7 %.
TEST_F(CompoundHeadTest, LearnsWhatTheRuleCannotSay) {
  const Pack pack = generate_compound_faces({.training = 450, .public_test = 0, .private_test = 150});
  Model& model = *recognizer_->network();
  const CompoundHead head = train_compound_head(model, pack, pack.rows_of("training"), {.steps = 150});
  save_compound_head(path_, head);
  const CompoundNamer namer(*recognizer_, path_.string()), rule(*recognizer_);
  std::vector<cv::Mat> crops;
  for (const Index row : pack.rows_of("private_test")) {
    const auto image = pack.image(row);
    const cv::Mat whole(pack.height, pack.width, CV_8UC1, const_cast<std::uint8_t*>(image.data()));
    const int edge = (whole.cols - recognizer_->crop_size) / 2;
    crops.push_back(whole(cv::Rect(edge, edge, recognizer_->crop_size, recognizer_->crop_size)).clone());
  }
  const auto expressions = recognizer_->recognise(crops);
  const auto trained = namer.name(crops, expressions), derived = rule.name(crops, expressions);
  int right = 0, by_rule = 0;
  for (std::size_t i = 0; i < crops.size(); ++i) {
    const std::string& truth = pack.class_names[i % 15];
    right += trained[i].name == truth, by_rule += derived[i].name == truth;
    EXPECT_EQ(trained[i].origin, "trained");
  }
  EXPECT_GT(right, 150 / 15 * 2) << "twice as often as by chance";
  EXPECT_GT(right, by_rule);
  EXPECT_NE(rule.note().find("derived"), std::string::npos);
  EXPECT_NE(namer.note().find("trained head of 15 classes"), std::string::npos);
}

TEST_F(CompoundHeadTest, EqualRowsGiveEqualBytesAndOtherNetworksAreRefused) {
  const Pack pack = generate_compound_faces({.training = 30, .public_test = 0, .private_test = 0});
  const auto rows = pack.rows_of("training");
  const auto once = [&] {
    save_compound_head(path_, train_compound_head(*recognizer_->network(), pack, rows, {.steps = 5}));
    return sha256_file(path_);
  };
  EXPECT_EQ(once(), once());
  EXPECT_EQ(refusal(), "");
  const auto other = make_model(recognizer_->network()->config);
  EXPECT_THROW(load_compound_head(path_, *other), Error);
  recognizer_->network()->calibration.temperature = 3;
  EXPECT_EQ(refusal(), "") << "another calibration is the same network";
  const std::string whole = read_file(path_, 1 << 24);
  write_file_atomically(path_, std::string_view(whole).substr(0, whole.size() / 2));
  EXPECT_EQ(refusal().rfind(path_.string(), 0), 0u) << refusal();
}

// The optimum of softmax regression is where the targets' and the predictions' class counts agree: with a bias and no
// decay on it, the mean probability of each class is its share (the gradient by the bias is zero).
TEST_F(CompoundHeadTest, StandsAtTheOptimum) {
  const Pack pack = generate_compound_faces({.training = 60, .public_test = 0, .private_test = 0});
  const auto rows = pack.rows_of("training");
  Model& model = *recognizer_->network();
  const CompoundHead head = train_compound_head(model, pack, rows, {.steps = 400});
  const Tensor p = compound_probabilities(head, compound_features(model, pack.images, rows, head.layer));
  for (Index k = 0; k < 15; ++k) {
    double mean = 0;
    for (Index i = 0; i < 60; ++i) mean += p.data()[i * 15 + k] / 60.0;
    EXPECT_NEAR(mean, 1.0 / 15, 2e-3) << pack.class_names[static_cast<std::size_t>(k)];
  }
}

}  // namespace
}  // namespace mueca
