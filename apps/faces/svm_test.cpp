#include "apps/faces/svm.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <opencv2/ml.hpp>

#include "apps/faces/classic_features.h"
#include "apps/faces/svm_recognizer.h"
#include "core/files/atomic_file.h"
#include "core/files/sha256.h"
#include "core/random.h"
#include "data/faces.h"
#include "nn/metrics.h"

namespace mueca {
namespace {

const Pack& faces() {
  static const Pack pack = generate_faces({.training = 700, .public_test = 0, .private_test = 70});
  return pack;
}

// At most `most` rows: classes take turns, so any number has all of them.
Tensor images_of(const std::string& split, std::size_t most = 210) {
  auto rows = faces().rows_of(split);
  rows.resize(std::min(rows.size(), most));
  return faces().images.slice(rows.front() * 48 * 48, static_cast<Index>(rows.size()) * 48 * 48,
                              {static_cast<Index>(rows.size()), 48, 48});
}

std::vector<std::int32_t> labels_of(const std::string& split, std::size_t most = 210) {
  std::vector<std::int32_t> labels;
  for (const Index row : faces().rows_of(split))
    if (labels.size() < most) labels.push_back(faces().label[static_cast<std::size_t>(row)]);
  return labels;
}

double accuracy(const Svm& svm, const std::string& split) {
  const auto said = argmax_rows(svm_decisions(svm, classic_features(images_of(split), svm.config.features)));
  const auto labels = labels_of(split);
  double right = 0;
  for (std::size_t i = 0; i < said.size(); ++i) right += said[i] == labels[i];
  return right / static_cast<double>(said.size());
}

TEST(ClassicFeatures, HaveTheirSizesAndScales) {
  const Tensor images = images_of("private_test");
  EXPECT_EQ(classic_features(images, "hog").shape(), Shape({70, 900}));
  const Tensor lbp = classic_features(images, "lbp");
  EXPECT_EQ(lbp.shape(), Shape({70, 36 * 59}));
  for (Index cell = 0; cell < 36; ++cell) {  // shares of one histogram, under the root
    double sum = 0;
    for (Index bin = 0; bin < 59; ++bin) sum += std::pow(lbp.data()[cell * 59 + bin], 2);
    EXPECT_NEAR(sum, 1, 1e-5);
  }
  EXPECT_THROW(classic_features(images, "sift"), Error);
  EXPECT_THROW(classic_features(Tensor({1, 32, 32}, DType::u8), "hog"), Error);
}

// Flat skin has one pattern everywhere (all neighbours at least as bright: 255, the last uniform one), whatever its
// tone.
TEST(ClassicFeatures, AFlatFaceIsOnePattern) {
  Tensor flat({1, 48, 48}, DType::u8);
  std::ranges::fill(flat.span<std::uint8_t>(), std::uint8_t{77});
  const Tensor lbp = classic_features(flat, "lbp");
  for (Index i = 0; i < lbp.size(); ++i) EXPECT_EQ(lbp.data()[i], i % 59 == 57 ? 1.0f : 0.0f) << i;
}

// The same machines trained here by the library, asked by its own predict().
TEST(Svm, DecisionsAreThoseOfTheLibrary) {
  const Tensor x = classic_features(images_of("training"), "hog"),
               asked = classic_features(images_of("private_test"), "hog");
  const auto labels = labels_of("training");
  const SvmConfig config{.features = "hog", .kernel = "rbf", .c = 2, .gamma = 0.05f};
  const Svm svm = train_svm(config, emotion_names(), x, labels);
  const Tensor decisions = svm_decisions(svm, asked);
  for (int k = 0; k < 7; ++k) {
    const auto one = cv::ml::SVM::create();
    one->setType(cv::ml::SVM::C_SVC);
    one->setKernel(cv::ml::SVM::RBF);
    one->setGamma(config.gamma);
    one->setC(config.c);
    one->setTermCriteria({cv::TermCriteria::MAX_ITER + cv::TermCriteria::EPS, 20000, 1e-3});
    cv::Mat sides(static_cast<int>(labels.size()), 1, CV_32S), raw, label;
    for (int i = 0; i < sides.rows; ++i) sides.at<int>(i) = labels[static_cast<std::size_t>(i)] == k ? 1 : 0;
    one->train(cv::Mat(sides.rows, 900, CV_32F, x.data()), cv::ml::ROW_SAMPLE, sides);
    const cv::Mat samples(70, 900, CV_32F, asked.data());
    one->predict(samples, raw, cv::ml::StatModel::RAW_OUTPUT);
    one->predict(samples, label);
    for (int i = 0; i < 70; ++i) {
      const float ours = decisions.data()[i * 7 + k];
      EXPECT_NEAR(std::abs(ours), std::abs(raw.at<float>(i)), 1e-5);
      EXPECT_EQ(ours > 0, label.at<float>(i) == 1.0f) << "class " << k << ", face " << i;
    }
  }
}

// Where the linear machine stands the slope of its own objective is zero, written out here in double.
TEST(Svm, TheLinearOneStandsAtItsOptimum) {
  const Tensor x = classic_features(images_of("training"), "hog");
  const auto labels = labels_of("training");
  const Svm svm = train_svm({.c = 0.1f}, emotion_names(), x, labels);
  const Tensor decisions = svm_decisions(svm, x);
  const Index n = x.extent(0);
  for (Index k = 0; k < 7; ++k) {
    double largest = 0, bias_slope = 0, penalty = 0;
    for (Index i = 0; i < n; ++i) {
      const double side = labels[static_cast<std::size_t>(i)] == k ? 1 : -1;
      bias_slope -= 2 * side * std::max(0.0, 1 - side * decisions.data()[i * 7 + k]) / static_cast<double>(n);
    }
    for (Index d = 0; d < 900; ++d) {
      const double weight = svm.vectors.data()[k * 900 + d] / (0.1 * static_cast<double>(n));
      double slope = weight;
      for (Index i = 0; i < n; ++i) {
        const double side = labels[static_cast<std::size_t>(i)] == k ? 1 : -1;
        slope -= 2 * side * std::max(0.0, 1 - side * decisions.data()[i * 7 + k]) * x.data()[i * 900 + d] /
                 static_cast<double>(n);
      }
      largest = std::max(largest, std::abs(slope)), penalty = std::max(penalty, std::abs(weight));
    }
    EXPECT_LT(largest, 0.05 * penalty) << "class " << k;
    EXPECT_LT(std::abs(bias_slope), 0.05) << "class " << k;
  }
}

// Chance is 1 / 7.
TEST(Svm, TellsDrawnFacesApart) {
  const auto labels = labels_of("training", 700);
  for (const char* kind : {"hog", "lbp"}) {
    const Tensor x = classic_features(images_of("training", 700), kind);
    const Svm svm = train_svm({.features = kind, .c = 0.01f}, emotion_names(), x, labels);
    EXPECT_GT(accuracy(svm, "private_test"), 2.0 / 7) << kind;
  }
}

class SvmFile : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }
  std::string refusal() const {
    try {
      open_recognizer(path_.string(), "hog_svm");
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
  const std::filesystem::path path_ =
      std::filesystem::path(testing::TempDir()) /
      str("mueca_svm_", testing::UnitTest::GetInstance()->current_test_info()->name(), ".h5");
};

TEST_F(SvmFile, IsARecogniser) {
  const Tensor x = classic_features(images_of("training"), "hog");
  Svm svm = train_svm({}, emotion_names(), x, labels_of("training"));
  svm.calibration = {.temperature = 0.5f, .threshold = 0.3f, .split = "held out"};
  save_svm(path_, svm);
  const std::string first = sha256_file(path_);
  save_svm(path_, train_svm({}, emotion_names(), x, labels_of("training")));
  EXPECT_NE(sha256_file(path_), first) << "another calibration";
  save_svm(path_, svm);
  EXPECT_EQ(sha256_file(path_), first);

  const auto recognizer = open_recognizer(path_.string());
  EXPECT_EQ(recognizer->name, "hog_svm");
  EXPECT_EQ(recognizer->calibration.temperature, 0.5f);
  EXPECT_EQ(recognizer->network(), nullptr);
  EXPECT_EQ(recognizer->crop_size, 48);
  const Tensor images = images_of("private_test");
  EXPECT_EQ(recognizer->logits(images).to_vector(), svm_decisions(svm, classic_features(images, "hog")).to_vector());
}

TEST_F(SvmFile, WhatIsNotOneIsRefused) {
  const Tensor x = classic_features(images_of("training"), "lbp");
  Svm svm = train_svm({.features = "lbp"}, emotion_names(), x, labels_of("training"));
  save_svm(path_, svm);
  EXPECT_EQ(refusal(), path_.string() + ": holds the model lbp_svm, not hog_svm");
  svm.config.features = "hog";
  save_svm(path_, svm);
  EXPECT_EQ(refusal(), path_.string() + ": vectors: hog features are 900 numbers, got 2124");
  svm.bias.data()[0] = std::nanf("");
  save_svm(path_, svm);
  EXPECT_NE(refusal().find("bias: value 0 is nan"), std::string::npos) << refusal();
  const std::string whole = read_file(path_, 1 << 24);
  write_file_atomically(path_, std::string_view(whole).substr(0, whole.size() / 2));
  EXPECT_EQ(refusal().rfind(path_.string(), 0), 0u) << refusal();
}

}  // namespace
}  // namespace mueca
