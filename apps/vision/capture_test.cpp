// Capture: what the guide says, what lands on disk, and that the importer reads it.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "apps/tool_test.h"
#include "apps/vision/capture_loop.h"
#include "core/files/atomic_file.h"
#include "data/folders.h"

namespace mueca {
namespace {

namespace fs = std::filesystem;
constexpr auto kPrivate = fs::perms::owner_read | fs::perms::owner_write;

TEST(Capture, TheGuideSaysWhereToGo) {
  const cv::Rect guide = guide_of({640, 480});
  EXPECT_EQ(guide, cv::Rect(205, 96, 230, 288));
  const auto problem = [&](float x, float y, float side) {
    return guide_problem({x - side / 2, y - side / 2, side, side}, guide);
  };
  EXPECT_EQ(problem(320, 240, 200), "");
  EXPECT_EQ(problem(320, 240, 100), "come closer");
  EXPECT_EQ(problem(320, 240, 300), "step back");
  EXPECT_EQ(problem(220, 240, 200), "move right");
  EXPECT_EQ(problem(420, 240, 200), "move left");
  EXPECT_EQ(problem(320, 140, 200), "move down");
  EXPECT_EQ(problem(320, 340, 200), "move up");
}

TEST(CaptureStore, NothingIsOverwrittenAndAllOfItIsPrivate) {
  const TestFolder folder;
  const Capture capture{cv::Mat(96, 96, CV_8UC1, cv::Scalar(7)), 1, "neutral", 0.5f, "net", "consent-7"};
  {
    CaptureStore store(folder / "set", {"happy", "sad"});
    EXPECT_EQ(store.save(capture, "2026-01-31T12:00:00Z"), folder / "set/sad/sad-0001.png");
    EXPECT_EQ(store.save(capture, "2026-01-31T12:00:01Z"), folder / "set/sad/sad-0002.png");
    EXPECT_EQ(store.undo(), folder / "set/sad/sad-0002.png");
    EXPECT_FALSE(fs::exists(folder / "set/sad/sad-0002.json"));
  }
  CaptureStore store(folder / "set", {"happy", "sad"});
  EXPECT_EQ(store.counts(), (std::vector<int>{0, 1}));
  EXPECT_EQ(store.undo(), "");  // other sessions' pictures stay
  write_file_atomically(folder / "set/sad/sad-0002.json", "somebody's");
  EXPECT_EQ(store.save(capture, "2026-01-31T12:00:02Z"), folder / "set/sad/sad-0003.png");
  EXPECT_EQ(fs::status(folder / "set/sad/sad-0003.png").permissions(), kPrivate);
  EXPECT_EQ(fs::status(folder / "set/sad/sad-0003.json").permissions(), kPrivate);
  EXPECT_EQ(fs::status(folder / "set").permissions(), fs::perms::owner_all);
  const auto facts = nlohmann::json::parse(read_file(folder / "set/sad/sad-0001.json", 1000));
  EXPECT_EQ(facts["class"], "sad");
  EXPECT_EQ(facts["consent"], "consent-7");
  EXPECT_EQ(facts["time"], "2026-01-31T12:00:00Z");
}

struct MiddleBox : FaceDetector {
  std::vector<DetectedFace> detect(const cv::Mat& picture) override {
    const float side = static_cast<float>(picture.rows) * 0.45f;
    return {
        {{static_cast<float>(picture.cols) / 2 - side / 2, static_cast<float>(picture.rows) / 2 - side / 2, side, side},
         1,
         {}}};
  }
};

struct Always : Recognizer {
  Always() { name = "always", classes = emotion_names(); }
  Tensor logits(const Tensor& faces, Tensor) override { return Tensor::full({faces.extent(0), 7}, 0); }
};

struct Wall : FrameSource {
  Wall() { name = "wall.avi", rate = 10; }
  bool next(Frame& frame) override {
    frame.picture = cv::Mat(240, 320, CV_8UC3, cv::Scalar::all(120));
    cv::circle(frame.picture, {160, 120}, 40, {40, 90, 200}, cv::FILLED);
    frame.index = at++;
    frame.seconds = static_cast<double>(frame.index) / rate;
    return true;
  }
  std::int64_t at = 0;
};

std::vector<int> captured(const std::string& folder, const std::string& script) {
  Wall wall;
  FacePipeline pipeline(std::make_unique<MiddleBox>(), std::make_unique<Always>(), CropRule{});
  FaceStream stream(pipeline, {.every = 1, .smallest = 0.2f, .track = {.confirm = 1}, .smoothing = {}});
  CaptureStore store(folder, pipeline.recognizer->classes);
  CaptureRules rules;
  rules.countdown = 1;
  rules.burst = 4;
  rules.consent = "test";
  const std::atomic<bool> stop{false};
  run_capture(wall, pipeline, stream, nullptr, KeyScript(script), store, rules, stop);
  return store.counts();
}

TEST(Capture, KeysTakeLabelAndUndo) {
  const TestFolder folder;
  // Two of class 4 (happy), a burst of class 6 (surprise) of which the last is taken back, one after a countdown.
  EXPECT_EQ(captured(folder / "set", "1=4,2=space,5=space,8=6,9=t,15=u,20=c,21=1,22=space,25=2,40=q"),
            (std::vector<int>{0, 1, 0, 2, 0, 3, 0}));
  ImportReport report;
  const Pack pack = import_folders(folder / "set", ImportOptions{}, report);
  EXPECT_EQ(pack.size(), 6);
  EXPECT_EQ(std::count(pack.label.begin(), pack.label.end(), 5), 3);
  EXPECT_TRUE(report.problems.empty());
}

TEST(Capture, TheToolTakesAPictureAndImportsIt) {
  const fs::path clip = fs::path(MUECA_SHARED) / "photos/single_face.mp4";
  if (!fs::exists(clip)) GTEST_SKIP() << "skipped: no ../shared/photos here";
  const TestFolder folder;
  const ToolOutput taken = run_mueca({"capture", "--source", clip, "--headless", "--out", folder / "mine", "--consent",
                                      "me", "--script", "5=4,20=space,30=q", "--threads", "1"});
  ASSERT_EQ(taken.code, 0) << taken.err;
  EXPECT_TRUE(fs::exists(folder / "mine/happy/happy-0001.png")) << taken.err;
  EXPECT_EQ(run_mueca({"data", "import", folder / "mine", "--out", folder / "mine.h5"}).code, 0);
}

}  // namespace
}  // namespace mueca
