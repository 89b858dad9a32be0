#include "apps/faces/explain.h"

#include <gtest/gtest.h>

#include "data/face.h"
#include "data/face_drawing.h"

namespace mueca {
namespace {

TEST(Explain, HeatStaysInItsWindowAndBlendsByAlpha) {
  const cv::Mat picture(40, 40, CV_8UC3, cv::Scalar::all(100));
  const cv::Mat map = (cv::Mat_<float>(2, 2) << 0, 0, 1, 1);
  const cv::Mat out = heat_overlay(picture, map, {10, 10, 20, 20}, 0.4f);
  EXPECT_EQ(out.at<cv::Vec3b>(5, 5), cv::Vec3b::all(100));
  EXPECT_EQ(out.at<cv::Vec3b>(30, 30), cv::Vec3b::all(100));
  const cv::Vec3b cold = out.at<cv::Vec3b>(10, 15), hot = out.at<cv::Vec3b>(29, 15);
  EXPECT_NEAR(cold[2], 60, 2);  // 0.6 of the picture, the coldest colour is nearly black
  EXPECT_GT(hot[2], 150);       // the hottest is light yellow
  EXPECT_GT(hot[1], 150);
  EXPECT_EQ(picture.at<cv::Vec3b>(15, 15), cv::Vec3b::all(100)) << "the picture itself stays";
}

TEST(Explain, PutsOriginalAndOverlaySideBySide) {
  const auto recognizer = open_recognizer(shipped_checkpoint());
  cv::Mat crop(recognizer->crop_size, recognizer->crop_size, CV_8UC1);
  draw_face(random_face(3, 1, 3, 0), crop.cols, {crop.data, crop.total()});
  const cv::Mat out = explain(*recognizer, crop, "", 128);
  ASSERT_EQ(out.cols, 2 * 128 + 4);
  ASSERT_GT(out.rows, 128);
  const cv::Mat left = out(cv::Rect(0, 0, 128, 128)), right = out(cv::Rect(132, 0, 128, 128));
  EXPECT_GT(cv::norm(left, right, cv::NORM_INF), 20);
  const cv::Vec3b gray = left.at<cv::Vec3b>(64, 64);
  EXPECT_TRUE(gray[0] == gray[1] && gray[1] == gray[2]);
  EXPECT_EQ(cv::norm(out, explain(*recognizer, crop, "block4", 128), cv::NORM_INF), 0) << "the last map is block4";
  EXPECT_GT(cv::norm(out, explain(*recognizer, crop, "block2", 128), cv::NORM_INF), 0);
  try {
    explain(*recognizer, crop, "block7");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("no map \"block7\"; known: block1"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace mueca
