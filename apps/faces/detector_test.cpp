#include "apps/faces/detector.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include <opencv2/imgproc.hpp>

#include "apps/faces/crop.h"
#include "apps/faces/testing.h"
#include "core/error.h"
#include "data/testing.h"

namespace mueca {
namespace {

TEST(FaceDetector, SaysWhatIsWrong) {
  const auto said = [](const DetectorChoice& choice) { return message_of([&] { make_detector(choice); }); };
  EXPECT_EQ(said({.name = "hog"}), "no face detector \"hog\"; known: haar lbp yunet whole");
  EXPECT_EQ(said({.name = "haar", .model = "x.onnx"}), "the face detector haar takes no model file; yunet does");
  EXPECT_EQ(said({.smallest = 0}), "the smallest face must be a share in (0, 1], got 0");
  EXPECT_NE(said({.name = "yunet"}).find("needs its model file"), std::string::npos);
  EXPECT_EQ(said({.name = "yunet", .model = "/none.onnx"}), "/none.onnx: no such file");
  const TempFolder folder;
  const std::string other = said({.name = "yunet", .model = folder.write("x.onnx", "not a network")});
  EXPECT_NE(other.find("is not the YuNet that OpenCV"), std::string::npos) << other;
  EXPECT_NE(other.find("2022mar before 4.8, 2023mar from 4.8, 2026may from 5 on"), std::string::npos) << other;
}

TEST(FaceDetector, FindsNothingWhereNothingIs) {
  for (const char* name : {"haar", "lbp"})
    for (const bool thorough : {false, true}) {
      const auto detector = make_detector({.name = name, .model = "", .thorough = thorough});
      EXPECT_TRUE(detector->detect(cv::Mat(240, 320, CV_8UC3, cv::Scalar::all(90))).empty());
      EXPECT_TRUE(detector->detect(gradient(70, 47)).empty());
      EXPECT_TRUE(detector->detect(cv::Mat(1, 3000, CV_8UC3, cv::Scalar::all(9))).empty());
      EXPECT_THROW(detector->detect(cv::Mat(9, 9, CV_8UC1, cv::Scalar::all(9))), Error);
    }
}

TEST(FaceDetector, TheWholePictureIsAFace) {
  const auto faces = make_detector({.name = "whole"})->detect(gradient(30, 40));
  ASSERT_EQ(faces.size(), 1u);
  EXPECT_EQ(faces[0].box, cv::Rect2f(0, 0, 40, 30));
}

TEST(FaceDetector, KeepsTheBetterOfTwoBoxesOfOneFace) {
  const std::vector<DetectedFace> found = {{{10, 10, 20, 20}, 9},
                                           {{100, 10, 40, 40}, 8},
                                           {{12, 12, 10, 10}, 7},
                                           {{25, 10, 20, 20}, 6},
                                           {{110, 20, 60, 60}, 5}};
  const auto kept = distinct_faces(found);
  ASSERT_EQ(kept.size(), 3u);
  EXPECT_EQ(kept[0].score, 8);  // the largest first
  EXPECT_EQ(kept[1].score, 9);
  EXPECT_EQ(kept[2].score, 6);  // a neighbour
}

// The smallest face of a large picture is a large one: the search does not grow with the pixels.
TEST(FaceDetector, FindsTheSameFacesInALargerPicture) {
  const std::filesystem::path photo = std::filesystem::path(MUECA_SHARED) / "photos/face.jpg";
  if (!std::filesystem::exists(photo)) GTEST_SKIP() << "skipped: no ../shared/photos here";
  const cv::Mat small = cv::imread(photo.string());
  cv::Mat large, leaning;
  cv::resize(small, large, {}, 4, 4, cv::INTER_CUBIC);
  const auto detector = make_detector({.thorough = true});
  const auto faces = detector->detect(small), again = detector->detect(large);
  ASSERT_EQ(faces.size(), 4u);
  ASSERT_GE(again.size(), 3u);
  EXPECT_NEAR(again[0].box.x / 4, faces[0].box.x, 0.1 * faces[0].box.width);
  EXPECT_NEAR(again[0].box.width / 4, faces[0].box.width, 0.15 * faces[0].box.width);
  // Lean the picture clockwise: the faces lean with it, are found where they went, and are said to lean.
  const cv::Matx23d turn = cv::getRotationMatrix2D({256, 178}, -32, 1);
  cv::warpAffine(small, leaning, turn, small.size());
  const auto turned = detector->detect(leaning);
  ASSERT_GE(turned.size(), 2u);
  EXPECT_GT(turned[0].tilt, 0);
  const double x = faces[0].box.x + faces[0].box.width / 2, y = faces[0].box.y + faces[0].box.height / 2;
  EXPECT_NEAR(turned[0].box.x + turned[0].box.width / 2, turn(0, 0) * x + turn(0, 1) * y + turn(0, 2), 15);
  EXPECT_NEAR(turned[0].box.y + turned[0].box.height / 2, turn(1, 0) * x + turn(1, 1) * y + turn(1, 2), 15);
}

TEST(FaceCrop, CopiesWhatFitsAndRepeatsTheEdge) {
  cv::Mat gray = gradient(48, 48, CV_8UC1);
  EXPECT_EQ(cv::norm(face_crop(gray, {{0, 0, 48, 48}}, {}, 48), gray, cv::NORM_INF), 0);
  cv::Mat bgr;
  cv::cvtColor(gray, bgr, cv::COLOR_GRAY2BGR);
  EXPECT_EQ(cv::norm(face_crop(bgr, {{0, 0, 48, 48}}, {}, 48), gray, cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(face_crop(bgr, {{8, 12, 16, 16}}, {}, 16), gray(cv::Rect(8, 12, 16, 16)), cv::NORM_INF), 0);
  const cv::Mat beyond = face_crop(gray, {{-100, 0, 16, 16}}, {}, 16);
  EXPECT_EQ(beyond.at<std::uint8_t>(5, 3), gray.at<std::uint8_t>(5, 0));
  const cv::Mat wide = face_crop(gray, {{16, 16, 16, 16}}, {.margin = 1, .down = 0.25f}, 32);  // 16 wider, 4 lower
  EXPECT_EQ(cv::norm(wide, gray(cv::Rect(8, 12, 32, 32)), cv::NORM_INF), 0);
}

TEST(FaceCrop, TurnsALeaningHeadUpright) {
  cv::Mat gray = gradient(80, 80, CV_8UC1), leaning;
  cv::GaussianBlur(gray, gray, {}, 2);
  cv::circle(gray, {30, 30}, 5, 255, cv::FILLED);
  const auto turn = cv::getRotationMatrix2D({39.5, 39.5}, -20, 1);  // OpenCV counts counter-clockwise
  cv::warpAffine(gray, leaning, turn, gray.size(), cv::INTER_CUBIC, cv::BORDER_REPLICATE);
  DetectedFace face{{20, 20, 40, 40}};
  face.tilt = 20;
  const cv::Mat upright = face_crop(leaning, face, {}, 40), truth = gray(cv::Rect(20, 20, 40, 40));
  EXPECT_LE(cv::norm(upright, truth, cv::NORM_L1) / 1600, 2);  // mean error of two interpolations
  face.tilt = -20;
  EXPECT_GE(cv::norm(face_crop(leaning, face, {}, 40), truth, cv::NORM_L1) / 1600, 8);
}

}  // namespace
}  // namespace mueca
