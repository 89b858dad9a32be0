#include "apps/faces/picture.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "apps/faces/testing.h"
#include "core/error.h"
#include "data/testing.h"

namespace mueca {
namespace {

double furthest(const cv::Mat& a, const cv::Mat& b) {
  if (a.size() != b.size() || a.type() != b.type()) return 1e9;
  return cv::norm(a, b, cv::NORM_INF);
}

TEST(Picture, EveryFormatGivesTheSamePixels) {
  const cv::Mat truth = gradient(32, 40);
  EXPECT_EQ(furthest(decode_picture(encoded(".png", truth)), truth), 0);
  EXPECT_EQ(furthest(decode_picture(encoded(".bmp", truth)), truth), 0);
  EXPECT_EQ(furthest(decode_picture(encoded(".webp", truth, {cv::IMWRITE_WEBP_QUALITY, 101})), truth), 0);
  const cv::Mat jpeg = decode_picture(encoded(".jpg", truth, {cv::IMWRITE_JPEG_QUALITY, 100}));
  EXPECT_LE(cv::norm(jpeg, truth, cv::NORM_L1) / static_cast<double>(truth.total() * 3), 3);  // mean error
  const std::string progressive = encoded(".jpg", truth, {cv::IMWRITE_JPEG_PROGRESSIVE, 1});
  EXPECT_EQ(decode_picture(progressive).size(), truth.size());
}

TEST(Picture, SixteenBitsGrayAndAlphaBecomeBgr) {
  const cv::Mat truth = gradient(32, 40);
  EXPECT_EQ(furthest(decode_picture(encoded(".png", gradient(32, 40, CV_16UC3))), truth), 0);
  cv::Mat gray, repeated;
  cv::cvtColor(truth, gray, cv::COLOR_BGR2GRAY);
  cv::cvtColor(gray, repeated, cv::COLOR_GRAY2BGR);
  EXPECT_EQ(furthest(decode_picture(encoded(".png", gray)), repeated), 0);
  EXPECT_EQ(furthest(decode_picture(encoded(".jpg", gray, {cv::IMWRITE_JPEG_QUALITY, 100})), repeated) <= 2, true);
  cv::Mat gray16;
  gray.convertTo(gray16, CV_16U, 257);
  EXPECT_EQ(furthest(decode_picture(encoded(".png", gray16)), repeated), 0);

  cv::Mat clear = gradient(32, 40, CV_8UC4);
  for (int x = 0; x < 40; ++x) clear.at<cv::Vec4b>(0, x) = {10, 20, 30, 0}, clear.at<cv::Vec4b>(1, x) = {0, 0, 0, 51};
  for (const std::string& file : {encoded(".png", clear), encoded(".webp", clear, {cv::IMWRITE_WEBP_QUALITY, 101})}) {
    const cv::Mat seen = decode_picture(file);
    EXPECT_EQ(seen.at<cv::Vec3b>(0, 7), cv::Vec3b(255, 255, 255));
    EXPECT_EQ(seen.at<cv::Vec3b>(1, 7), cv::Vec3b(204, 204, 204));
    EXPECT_EQ(furthest(seen.rowRange(2, 32), truth.rowRange(2, 32)), 0);
  }
  cv::Mat clear16;
  clear.convertTo(clear16, CV_16U, 257);
  EXPECT_EQ(decode_picture(encoded(".png", clear16)).at<cv::Vec3b>(1, 7), cv::Vec3b(204, 204, 204));
  cv::Mat unused = gradient(32, 40, CV_8UC4);
  for (auto& pixel : cv::Mat_<cv::Vec4b>(unused)) pixel[3] = 0;
  EXPECT_EQ(furthest(decode_picture(encoded(".png", unused)), truth), 0);
}

TEST(Picture, TurnsAsExifSays) {
  const cv::Mat truth = gradient(32, 40);
  cv::Mat stored[9];  // as a camera that was held that way writes it
  truth.copyTo(stored[1]);
  cv::flip(truth, stored[2], 1);
  cv::rotate(truth, stored[3], cv::ROTATE_180);
  cv::flip(truth, stored[4], 0);
  cv::transpose(truth, stored[5]);
  cv::rotate(truth, stored[6], cv::ROTATE_90_COUNTERCLOCKWISE);
  cv::transpose(truth, stored[7]);
  cv::rotate(stored[7], stored[7], cv::ROTATE_180);
  cv::rotate(truth, stored[8], cv::ROTATE_90_CLOCKWISE);
  for (int o = 1; o <= 8; ++o)
    for (const bool low_first : {true, false}) {
      const std::string jpeg = encoded(".jpg", stored[o], {cv::IMWRITE_JPEG_QUALITY, 100});
      const cv::Mat seen = decode_picture(with_orientation(jpeg, o, low_first));
      ASSERT_EQ(seen.size(), truth.size()) << o;
      EXPECT_LE(cv::norm(seen, truth, cv::NORM_L1) / static_cast<double>(truth.total() * 3), 3) << o;
    }
  const std::string jpeg = encoded(".jpg", truth);
  EXPECT_EQ(decode_picture(with_orientation(jpeg, 9)).size(), truth.size());  // no such orientation
}

TEST(Picture, RefusesWhatIsDamagedOrTooLarge) {
  const TempFolder folder;
  const auto said = [&](std::string_view bytes) {
    const auto path = folder.write("x", bytes);
    const std::string message = message_of([&] { read_picture(path); });
    return message.starts_with(path.string() + ": ") ? message.substr(path.string().size() + 2) : message;
  };
  const cv::Mat truth = gradient(64, 80);
  EXPECT_EQ(said(""), "is empty");
  EXPECT_EQ(said("hello"), "is not a JPEG, PNG, BMP or WebP picture");
  EXPECT_EQ(said("GIF89a no picture of ours"), "is not a JPEG, PNG, BMP or WebP picture");
  for (const char* ending : {".jpg", ".png", ".bmp", ".webp"}) {
    const std::string whole = encoded(ending, truth);
    EXPECT_EQ(said(whole), "no error") << ending;
    for (const double part : {0.3, 0.6, 0.95}) {
      const auto length = static_cast<std::size_t>(part * static_cast<double>(whole.size()));
      const std::string message = said(whole.substr(0, length));
      EXPECT_TRUE(message.ends_with(" picture is cut off") || message.starts_with("is not a")) << ending << message;
    }
  }
  // A thumbnail within has its own end marker, which says nothing of the picture's.
  const std::string jpeg = encoded(".jpg", truth), small = encoded(".jpg", gradient(8, 8));
  const auto length = small.size() + 2;
  const std::string holding = jpeg.substr(0, 2) + "\xFF\xE2" + static_cast<char>(length >> 8) +
                              static_cast<char>(length & 255) + small + jpeg.substr(2);
  EXPECT_EQ(said(holding), "no error");
  EXPECT_EQ(said(holding.substr(0, holding.size() - 30)), "the JPEG picture is cut off");

  std::string bomb = encoded(".png", truth);
  bomb[18] = '\x40', bomb[22] = '\x40';  // 16464 x 16448 pixels
  EXPECT_NE(said(bomb).find("pixels are more than 100000000"), std::string::npos);
  std::string damaged = encoded(".png", truth);
  for (std::size_t i = 60; i < 90; ++i) damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
  EXPECT_EQ(said(damaged), "the PNG picture is damaged");
  EXPECT_EQ(message_of([&] { read_picture(folder.path() / "none.jpg"); }),
            (folder.path() / "none.jpg").string() + ": no such file");
  EXPECT_NE(message_of([&] { read_picture(folder.path()); }).find("is not a regular file"), std::string::npos);
}

// Every prefix and every byte turned over: an Error or a picture, nothing else.
TEST(Picture, SurvivesDamage) {
  const cv::Mat tiny = gradient(6, 5);
  for (const std::string& whole : {with_orientation(encoded(".jpg", tiny), 6), encoded(".png", tiny),
                                   encoded(".bmp", tiny), encoded(".webp", tiny)}) {
    int refused = 0;
    const auto try_it = [&](const std::string& bytes) {
      try {
        const cv::Mat seen = decode_picture(bytes);
        EXPECT_EQ(seen.type(), CV_8UC3);
      } catch (const Error&) {
        ++refused;
      }
    };
    for (std::size_t n = 0; n < whole.size(); n += 7) try_it(whole.substr(0, n));
    for (std::size_t i = 0; i < std::min<std::size_t>(whole.size(), 80); ++i) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ 0xFF);
      try_it(damaged);
    }
    EXPECT_GT(refused, 10);
  }
}

}  // namespace
}  // namespace mueca
