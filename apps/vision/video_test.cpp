// Video end to end and the loop by itself: no camera, no screen.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "apps/command.h"
#include "apps/tool_test.h"
#include "apps/vision/video_loop.h"
#include "core/files/atomic_file.h"
#include "data/face.h"
#include "data/face_drawing.h"

namespace mueca {
namespace {

namespace fs = std::filesystem;

std::string text_of(const std::string& path) { return read_file(path, std::size_t{64} << 20); }

// A fixed box that moves with the frames.
struct MovingBox : FaceDetector {
  std::vector<DetectedFace> detect(const cv::Mat&) override { return {{{30, 20, 60, 60}, 1, {}}}; }
};

struct HalfHalf : Recognizer {
  HalfHalf() { name = "half", classes = {"happy", "sad"}; }
  Tensor logits(const Tensor& faces, Tensor) override {
    const Tensor out = Tensor::full({faces.extent(0), 2}, 0);
    out.span()[0] = 2;
    return out;
  }
};

struct StillFilm : FrameSource {
  explicit StillFilm(std::int64_t frames) {
    name = "still.avi", rate = 20, count = frames;
    picture = cv::Mat(120, 160, CV_8UC3, cv::Scalar::all(120));
    cv::circle(picture, {60, 50}, 20, {40, 90, 200}, cv::FILLED);
  }
  bool next(Frame& frame) override {
    if (at == count) return false;
    frame = {picture.clone(), at, static_cast<double>(at) / rate};
    ++at;
    return true;
  }
  cv::Mat picture;
  std::int64_t at = 0;
};

// Remembers what it was shown; presses keys as told.
struct FakeDisplay : Display {
  std::vector<cv::Mat> shown;
  std::vector<int> keys;
  std::size_t close_after = 1'000'000;
  void show(const cv::Mat& picture) override { shown.push_back(picture.clone()); }
  int key(int) override {
    if (keys.empty()) return -1;
    const int next = keys.front();
    keys.erase(keys.begin());
    return next;
  }
  bool closed() override { return shown.size() >= close_after; }
};

struct LoopScene {
  explicit LoopScene(std::int64_t frames, const VideoTargets& targets = {})
      : film(frames),
        pipeline(std::make_unique<MovingBox>(), std::make_unique<HalfHalf>(), CropRule{}),
        stream(pipeline, {.every = 1, .smallest = 0.2f, .track = {.confirm = 1}, .smoothing = {}}),
        files(targets, film, *pipeline.recognizer) {
    rules.figures = false;
  }
  VideoTotals run(const std::string& script, Display* display = nullptr) {
    const KeyScript keys(script);
    return run_video(film, pipeline, stream, display, keys, files, rules, stop);
  }
  StillFilm film;
  FacePipeline pipeline;
  FaceStream stream;
  VideoFiles files;
  VideoRules rules;
  std::atomic<bool> stop{false};
};

TEST(VideoLoop, EveryFrameIsProcessedAndQuitEnds) {
  LoopScene all(12);
  all.run("");
  EXPECT_EQ(all.files.frames, 12);
  EXPECT_EQ(all.files.faces, 12);
  LoopScene some(100);
  some.run("7=q");
  EXPECT_EQ(some.files.frames, 8);
  LoopScene few(100);
  few.rules.max_frames = 5;
  few.run("");
  EXPECT_EQ(few.files.frames, 5);
  LoopScene stopped(100);
  stopped.stop = true;
  stopped.run("");
  EXPECT_EQ(stopped.files.frames, 0);
}

TEST(VideoLoop, KeysChangeThePicture) {
  LoopScene s(60);
  FakeDisplay display;
  s.run("9=b,19=p,29=e,39=m,49=h", &display);
  ASSERT_EQ(display.shown.size(), 60u);
  const auto changed = [&](std::size_t from, std::size_t to) {
    return cv::norm(display.shown[from], display.shown[to], cv::NORM_L1) > 1000;
  };
  for (const std::size_t frame : {10u, 20u, 30u, 40u, 50u}) {
    EXPECT_FALSE(changed(frame - 3, frame - 1)) << frame;
    EXPECT_TRUE(changed(frame - 1, frame + 1)) << frame;
  }
}

TEST(VideoLoop, APauseHoldsTheFilmAndTheWindowCanBeClosed) {
  LoopScene s(100);
  FakeDisplay display;
  s.run("4=space,30=space,40=q", &display);
  EXPECT_EQ(s.files.frames, 5 + 10);
  EXPECT_EQ(display.shown.size(), 41u);
  LoopScene forgotten(100);  // without a window nobody can end this pause
  forgotten.run("4=space");
  EXPECT_EQ(forgotten.files.frames, 5);
  LoopScene closed(100);
  FakeDisplay window;
  window.close_after = 3;
  closed.run("", &window);
  EXPECT_EQ(closed.files.frames, 3);
  LoopScene typed(100);
  FakeDisplay keyboard;
  keyboard.keys = {-1, -1, kKeyEscape};
  typed.run("", &keyboard);
  EXPECT_EQ(typed.files.frames, 3);
}

TEST(VideoLoop, SmoothingAndPicturesByKey) {
  const TestFolder folder;
  LoopScene s(30);
  s.rules.shots = folder.path();
  s.run("0=plus,1=plus,2=minus,3=s,4=s,10=r,14=r");
  EXPECT_NEAR(s.stream.rule.smoothing.alpha, 0.4f * 0.8f, 1e-5);
  EXPECT_EQ(cv::imread(folder / "mueca-shot-001.png").size(), cv::Size(160, 120));
  EXPECT_TRUE(fs::exists(folder / "mueca-shot-002.png"));
  EXPECT_EQ(fs::status(folder / "mueca-shot-001.png").permissions(), fs::perms::owner_read | fs::perms::owner_write);
  const auto film = open_source(folder / "mueca-film-001.avi");
  EXPECT_EQ(film->count, 4);
}

TEST(VideoLoop, RealTimeDropsFramesInsteadOfShowingOldOnes) {
  LoopScene s(8);
  s.rules.realtime = true;
  const VideoTotals totals = s.run("");
  EXPECT_EQ(s.files.frames + totals.dropped, 8);
  EXPECT_GE(s.files.frames, 1);
}

// What the film says about its faces, whoever reads it.
TEST(VideoFiles, TableEventsAndFilmAgree) {
  const TestFolder folder;
  LoopScene s(10, {folder / "a.avi", folder / "a.jsonl", folder / "a.csv", folder / "a"});
  const VideoTotals totals = s.run("");
  EXPECT_FALSE(fs::exists(folder / "a.avi"));  // nothing is half there
  s.files.finish(totals.dropped);
  const std::string table = text_of(folder / "a.csv");
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 11);
  EXPECT_NE(table.find("\n3,0.150,1,30.0,20.0,60.0,60.0,happy,0.8808,0,happy,0.8808,0.8808,0.1192\n"),
            std::string::npos)
      << table;
  std::ifstream events(folder / "a.jsonl");
  std::vector<nlohmann::json> lines;
  for (std::string line; std::getline(events, line);) lines.push_back(nlohmann::json::parse(line));
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0]["source"], "still.avi");
  EXPECT_EQ(lines[1]["event"], "appear");
  EXPECT_EQ(lines[1]["track"], 1);
  EXPECT_EQ(lines[2]["faces"], 10);
  EXPECT_EQ(open_source(folder / "a.avi")->count, 10);
  EXPECT_NE(text_of(folder / "a.svg").find("happy"), std::string::npos);
  EXPECT_GT(fs::file_size(folder / "a.png"), 1000u);
  EXPECT_THROW(FilmFile(folder / "a.mp4", 25), UsageError);
}

TEST(KeyScript, SaysWhatItCannotRead) {
  const KeyScript script("frame:30=space,60=q,60=plus");
  EXPECT_EQ(script.at(30), std::vector<int>{' '});
  EXPECT_EQ(script.at(60), (std::vector<int>{'q', '+'}));
  EXPECT_TRUE(script.at(31).empty());
  for (const char* wrong : {"q", "frame:=q", "-3=q", "5=", "5=enter", "5q"})
    EXPECT_THROW(KeyScript{wrong}, UsageError) << wrong;
}

// Frames of a drawn person who smiles, on a plain wall.
void write_drawn_film(const std::string& path, int frames) {
  FilmFile film(path, 25);
  for (int t = 0; t < frames; ++t) {
    Face face = random_face(5, 0, 3, 0);
    face.intensity = static_cast<float>(t) / static_cast<float>(frames);
    std::vector<std::uint8_t> pixels(160 * 160);
    draw_face(face, 160, pixels);
    cv::Mat gray(160, 160, CV_8UC1, pixels.data()), scene(240, 320, CV_8UC1, cv::Scalar(150));
    gray.copyTo(scene({40 + 2 * t, 40, 160, 160}));
    cv::cvtColor(scene, scene, cv::COLOR_GRAY2BGR);
    film.write(scene);
  }
  film.commit();
}

TEST(VideoTool, TwoRunsWriteTheSameBytes) {
  const TestFolder folder;
  for (const std::string run : {"a", "b"}) {
    const ToolOutput out = run_mueca({"video", "drawn:15", "--headless", "--out", folder / str(run, ".avi"), "--csv",
                                      folder / str(run, ".csv"), "--events", folder / str(run, ".jsonl"), "--timeline",
                                      folder / run, "--threads", "1", "--quiet"});
    ASSERT_EQ(out.code, 0) << out.err;
    EXPECT_EQ(out.err, "");
    EXPECT_NE(out.out.find("15 frames, 13 with a face, 1 tracks"), std::string::npos) << out.out;
  }
  for (const char* ending : {".avi", ".csv", ".jsonl", ".svg", ".png"})
    EXPECT_EQ(text_of(folder / str("a", ending)), text_of(folder / str("b", ending))) << ending;
}

TEST(VideoTool, WhatIsWrongIsSaidInOneSentence) {
  const TestFolder folder;
  write_file_atomically(folder / "empty.avi", "");
  write_drawn_film(folder / "film.avi", 60);
  fs::resize_file(folder / "film.avi", fs::file_size(folder / "film.avi") / 2);
  const auto fails = [&](const std::vector<std::string>& words, const std::string& part, int code = 1) {
    const ToolOutput out = run_mueca(words);
    EXPECT_EQ(out.code, code) << out.err;
    EXPECT_NE(out.err.find(part), std::string::npos) << out.err;
    EXPECT_EQ(std::count(out.err.begin(), out.err.end(), '\n'), 1) << out.err;
  };
  fails({"video", folder / "empty.avi", "--headless"}, "empty.avi: is empty (0 bytes)");
  fails({"video", folder / "none.avi", "--headless"}, "no such file");
  fails({"video", folder / "film.avi", "--headless", "-q", "--csv", folder / "part.csv"}, "breaks off after");
  EXPECT_TRUE(fs::exists(folder / "part.csv"));  // what was there is complete
  fails({"video", folder / "film.avi", "--headless", "--out", folder / "x.mp4"}, ".avi", 2);
  fails({"video", folder / "film.avi", "--headless", "--script", "3"}, "--script", 2);
  fails({"video", folder / "film.avi", "--headless", "--checkpoint", folder / "none.h5"}, "none.h5");
  fails({"webcam", "--source", "987", "--yes", "--headless", "-q"}, "/dev/video987");
}

}  // namespace
}  // namespace mueca
