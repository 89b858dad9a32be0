#include "apps/faces/frame_source.h"

#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>

#include "apps/faces/latest_frame.h"
#include "data/testing.h"

namespace mueca {
namespace {

using std::chrono::milliseconds;

// A film whose frame i is filled with the shade 10 i.
std::string make_film(const TempFolder& folder, int frames) {
  const std::string path = folder.path() / "film.avi";
  cv::VideoWriter film(path, cv::CAP_FFMPEG, cv::VideoWriter::fourcc('M', 'J', 'P', 'G'), 20, {64, 48});
  for (int i = 0; i < frames; ++i) film.write(cv::Mat(48, 64, CV_8UC3, cv::Scalar::all(10 * i)));
  return path;
}

TEST(FrameSource, AFilmComesFrameByFrame) {
  const TempFolder folder;
  const auto source = open_source(make_film(folder, 9));
  EXPECT_FALSE(source->live);
  EXPECT_DOUBLE_EQ(source->rate, 20);
  EXPECT_EQ(source->count, 9);
  std::vector<Frame> frames;
  for (Frame frame; source->next(frame);) frames.push_back(frame);
  ASSERT_EQ(frames.size(), 9u);
  for (std::size_t i = 0; i < 9; ++i) {  // all kept at once: each has pixels of its own
    EXPECT_EQ(frames[i].index, static_cast<std::int64_t>(i));
    EXPECT_DOUBLE_EQ(frames[i].seconds, static_cast<double>(i) / 20);
    EXPECT_NEAR(cv::mean(frames[i].picture)[0], 10.0 * static_cast<double>(i), 3);
  }
}

TEST(FrameSource, PicturesComeInTheOrderOfTheirNames) {
  const TempFolder folder;
  for (const int i : {2, 0, 1})
    cv::imwrite(folder.path() / str(i, ".png"), cv::Mat(20 + i, 30, CV_8UC3, cv::Scalar::all(9)));
  folder.write("notes.txt", "not a picture");
  const auto source = open_source(folder.path());
  Frame frame;
  for (const int i : {0, 1, 2}) {
    ASSERT_TRUE(source->next(frame));
    EXPECT_EQ(frame.picture.rows, 20 + i);
  }
  EXPECT_FALSE(source->next(frame));
  EXPECT_TRUE(open_source(folder.path() / "1.png")->next(frame));
}

TEST(FrameSource, ADrawnPersonMovesAndIsTheSameEveryTime) {
  const auto a = open_source("drawn:30"), b = open_source("drawn:30");
  Frame x, y, first;
  int frames = 0;
  for (; a->next(x) && b->next(y); ++frames) {
    EXPECT_EQ(x.picture.size(), cv::Size(640, 480));
    EXPECT_EQ(cv::norm(x.picture, y.picture), 0) << frames;
    if (frames == 0) first = x;
  }
  EXPECT_EQ(frames, 30);
  EXPECT_GT(cv::norm(x.picture, first.picture), 1000);
  for (const char* wrong : {"drawn:", "drawn:0", "drawn:-3", "drawn:3x"})
    EXPECT_THROW(open_source(wrong), Error) << wrong;
}

TEST(FrameSource, WhatCannotBeOpenedIsSaidInASentence) {
  const TempFolder folder;
  const auto problem = [](const std::string& what) { return message_of([&] { (void)open_source(what); }); };
  const auto has = [](const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  };
  EXPECT_PRED2(has, problem("321"), "/dev/video");
  EXPECT_PRED2(has, problem("321"), "--source sample.avi");
  EXPECT_PRED2(has, problem("/dev/null-camera"), "no camera");
  EXPECT_PRED2(has, problem("/dev/null"), "/dev/null shows no picture");
  EXPECT_PRED2(has, problem("no-such-film.avi"), "no such file");
  EXPECT_PRED2(has, problem(folder.write("empty.mp4", "")), "empty (0 bytes)");
  EXPECT_PRED2(has, problem(folder.write("words.avi", std::string(5000, 'x'))), "not a video");
  EXPECT_PRED2(has, problem(""), "--source");
  EXPECT_PRED2(has, problem("rtsp://127.0.0.1:9/nobody"), "stream cannot be opened");
  EXPECT_PRED2(has, problem(folder.path()), "holds no pictures");  // empty.mp4 and words.avi are none
}

TEST(FrameSource, AFilmThatBreaksOffSaysWhere) {
  const TempFolder folder;
  const std::string path = make_film(folder, 60);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  const auto source = open_source(path);
  Frame frame;
  std::int64_t read = 0;
  const std::string problem = message_of([&] {
    while (source->next(frame)) ++read;
  });
  EXPECT_NE(problem.find(str("breaks off after ", read, " of ")), std::string::npos) << problem;
  EXPECT_GT(read, 10);
}

// Gives its frames at once; after `last` it ends, or throws.
struct Burst : FrameSource {
  int last = 0, at = 0;
  bool fails = false;
  bool next(Frame& frame) override {
    if (at == last && fails) throw Error("the burst failed");
    if (at == last) return false;
    frame.index = at++;
    frame.seconds = 0.02 * at;
    return true;
  }
};

TEST(LatestFrame, DropsOldFramesAndKeepsTheLast) {
  Burst burst;
  burst.last = 100;
  LatestFrame latest(burst);
  Frame frame;
  std::int64_t taken = 0, before = -1;
  while (latest.take(frame, milliseconds(500)) == LatestFrame::Answer::frame) {
    EXPECT_GT(frame.index, before);
    before = frame.index;
    ++taken;
  }
  EXPECT_EQ(before, 99);
  EXPECT_EQ(taken + latest.dropped(), 100);
}

TEST(LatestFrame, PassesOnWhatTheSourceThrew) {
  Burst burst;
  burst.last = 1, burst.fails = true;
  LatestFrame latest(burst);
  Frame frame;
  EXPECT_EQ(latest.take(frame, milliseconds(2000)), LatestFrame::Answer::frame);
  EXPECT_EQ(message_of([&] { latest.take(frame, milliseconds(2000)); }), "the burst failed");
}

TEST(LatestFrame, APausedSourceHoldsStill) {
  Burst burst;
  burst.last = 1'000'000;  // a frame each 20 ms: more than this test waits for
  LatestFrame latest(burst, true);
  latest.pause(true);
  Frame frame;
  while (latest.take(frame, milliseconds(100)) == LatestFrame::Answer::frame) continue;  // those before the pause
  EXPECT_EQ(latest.take(frame, milliseconds(100)), LatestFrame::Answer::nothing_yet);
  latest.pause(false);
  EXPECT_EQ(latest.take(frame, milliseconds(10'000)), LatestFrame::Answer::frame);
}

}  // namespace
}  // namespace mueca
