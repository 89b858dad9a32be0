#include "apps/faces/overlay.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "apps/faces/overlay_pen.h"
#include "core/error.h"
#include "data/pack.h"

namespace mueca {
namespace {

cv::Mat plain(int height = 480, int width = 640, int shade = 200) {
  return cv::Mat(height, width, CV_8UC3, cv::Scalar::all(shade));
}

double difference(const cv::Mat& a, const cv::Mat& b) { return cv::norm(a, b, cv::NORM_L1) / double(a.total()); }

TEST(Overlay, WhiteTextOnItsBackingCanBeReadOnAnyPicture) {
  for (const cv::Scalar& shade : {cv::Scalar::all(255), cv::Scalar::all(0), cv::Scalar(0, 255, 255)}) {
    cv::Mat picture(100, 100, CV_8UC3, shade);
    draw_backing(picture, {-10, -10, 300, 60});
    const auto pixel = picture.at<cv::Vec3b>(20, 20);
    EXPECT_GE(contrast({pixel[2], pixel[1], pixel[0]}, kOnBacking), 4.5);
    EXPECT_GE(contrast({pixel[2], pixel[1], pixel[0]}, rgb(0xd8d8d8)), 4.5);  // the quieter text
    EXPECT_EQ(picture.at<cv::Vec3b>(80, 80),
              cv::Vec3b(cv::saturate_cast<uchar>(shade[0]), cv::saturate_cast<uchar>(shade[1]),
                        cv::saturate_cast<uchar>(shade[2])));
  }
}

TEST(Overlay, PanelsFlipSidesAndStayInside) {
  const cv::Size picture(640, 480), panel(180, 130);
  EXPECT_EQ(beside({100, 100, 80, 80}, panel, picture, 10), cv::Rect(190, 100, 180, 130));   // right
  EXPECT_EQ(beside({500, 100, 80, 80}, panel, picture, 10), cv::Rect(310, 100, 180, 130));   // left
  EXPECT_EQ(beside({100, 50, 500, 200}, panel, picture, 10), cv::Rect(100, 260, 180, 130));  // below
  EXPECT_EQ(beside({100, 420, 80, 80}, panel, picture, 10), cv::Rect(190, 350, 180, 130));   // pushed up
  const cv::Rect whole({0, 0}, picture);
  for (int x = -100; x < 700; x += 50)
    for (int y = -100; y < 500; y += 50) {
      const cv::Rect place = beside({x, y, 90, 90}, panel, picture, 10);
      EXPECT_EQ(place & whole, place) << x << " " << y;
    }
}

TEST(Overlay, DrawsOverEdgesAndOnTinyPictures) {
  const std::vector<std::string> classes = emotion_names();
  const std::vector<float> share(classes.size(), 1.0f / 7);
  for (const cv::Rect2f& box : {cv::Rect2f(-50, -50, 100, 100), cv::Rect2f(600, 440, 100, 100),
                                cv::Rect2f(0, 0, 2000, 3), cv::Rect2f(5000, 5000, 10, 10), cv::Rect2f(3, 3, 0, 0)})
    for (const cv::Size& size : {cv::Size(640, 480), cv::Size(16, 12), cv::Size(1, 1)}) {
      cv::Mat picture = plain(size.height, size.width);
      draw_face_mark(picture, {box, "happy", face_caption("happy", 0.5f, false, 3), "second line"});
      draw_bars(picture, box, classes, share);
      blur_face(picture, box);
      for (const std::string& emotion : classes) draw_emoji(picture, box, emotion);
      draw_hud(picture, {30, 12, "cpu", "baseline_cnn", {}});
      draw_key_help(picture, {{"q", "quit"}, {"space", "pause"}});
      draw_guide(picture, box, false, "come closer");
      EXPECT_EQ(picture.size(), size);
    }
  cv::Mat picture = plain();
  EXPECT_THROW(draw_bars(picture, {}, classes, {0.5f}), Error);
}

TEST(Overlay, CaptionsSayWhatIsUncertain) {
  EXPECT_EQ(face_caption("happy", 0.934f, false), "happy 93 %");
  EXPECT_EQ(face_caption("sad", 0.31f, true, 12), "#12 uncertain (sad 31 %)");
}

TEST(Overlay, LinesGrowWithThePicture) {
  const OverlayPen small(plain(240, 320)), large(plain(2160, 3840));
  EXPECT_GT(large.stroke, 2 * small.stroke);
  EXPECT_NEAR(large.line / double(small.line), 9, 1);
}

TEST(Overlay, BlurLeavesNoFeatures) {
  cv::Mat picture = plain();
  cv::randu(picture, 0, 255);
  const cv::Mat before = picture.clone();
  const cv::Rect face(100, 100, 120, 120);
  blur_face(picture, face);
  cv::Mat edges;
  cv::Laplacian(picture(cv::Rect(104, 104, 10, 10)), edges, CV_32F);  // inside one square
  EXPECT_EQ(cv::norm(edges), 0);
  cv::Mat outside = picture.clone();
  before(face).copyTo(outside(face));
  EXPECT_EQ(cv::norm(outside, before), 0);  // nothing but the face has changed
}

TEST(Overlay, EachEmotionHasAnEmojiOfItsOwn) {
  std::vector<cv::Mat> faces;
  for (const std::string& emotion : emotion_names()) {
    faces.push_back(plain(100, 100));
    draw_emoji(faces.back(), {20, 20, 60, 60}, emotion);
    EXPECT_GT(difference(faces.back(), plain(100, 100)), 30) << emotion;
  }
  for (std::size_t a = 0; a < faces.size(); ++a)
    for (std::size_t b = 0; b < a; ++b) EXPECT_GT(difference(faces[a], faces[b]), 3) << a << " " << b;
}

TEST(Overlay, BarsAreAsLongAsTheirShares) {
  cv::Mat picture = plain(480, 640, 0);
  draw_bars(picture, {10, 10, 50, 50}, {"happy", "sad"}, {0.75f, 0.25f});
  const auto pixels = [&](const char* emotion) {
    cv::Mat mask;
    cv::inRange(picture, bgr(emotion_color(emotion)), bgr(emotion_color(emotion)), mask);
    cv::Mat row;
    cv::reduce(mask, row, 0, cv::REDUCE_MAX);
    return cv::countNonZero(row);
  };
  EXPECT_NEAR(pixels("happy") / double(pixels("sad")), 3, 0.35);
}

}  // namespace
}  // namespace mueca
