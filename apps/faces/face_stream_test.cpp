#include "apps/faces/face_stream.h"

#include <gtest/gtest.h>

#include "data/pack.h"

namespace mueca {
namespace {

// Says what the test has put into `boxes`.
struct ToldDetector : FaceDetector {
  std::vector<cv::Rect2f> boxes;
  int asked = 0;
  cv::Size seen;
  std::vector<DetectedFace> detect(const cv::Mat& picture) override {
    ++asked;
    seen = picture.size();
    const float shrink = static_cast<float>(picture.cols) / 640;
    std::vector<DetectedFace> faces;
    for (const cv::Rect2f& b : boxes)
      faces.push_back({{b.x * shrink, b.y * shrink, b.width * shrink, b.height * shrink}, 1, {}});
    return faces;
  }
};

// Two classes by the brightness of the crop; remembers per face how often it was asked.
struct BrightnessRecognizer : Recognizer {
  BrightnessRecognizer() { name = "brightness", classes = {"dark", "bright"}; }
  std::vector<float> remembered;
  Index memory_size() const override { return 1; }
  Tensor logits(const Tensor& faces, Tensor memory) override {
    const Tensor out = Tensor::full({faces.extent(0), 2}, 0);
    remembered = memory.to_vector();
    const Index pixels = faces.extent(1) * faces.extent(2);
    for (Index i = 0; i < faces.extent(0); ++i) {
      const std::uint8_t* p = faces.data<std::uint8_t>() + i * pixels;
      out.span()[static_cast<std::size_t>(2 * i + 1)] = (static_cast<float>(p[pixels / 2]) - 128) / 32;
      memory.span()[static_cast<std::size_t>(i)] += 1;
    }
    return out;
  }
};

struct Scene {
  Scene() : pipeline(std::make_unique<ToldDetector>(), std::make_unique<BrightnessRecognizer>(), CropRule{}) {}
  ToldDetector& detector() { return static_cast<ToldDetector&>(*pipeline.detector); }
  BrightnessRecognizer& recognizer() { return static_cast<BrightnessRecognizer&>(*pipeline.recognizer); }
  FacePipeline pipeline;
};

cv::Mat scene(const std::vector<cv::Rect2f>& faces, const std::vector<int>& shades) {
  cv::Mat picture(480, 640, CV_8UC3, cv::Scalar::all(100));
  for (std::size_t i = 0; i < faces.size(); ++i) {
    const cv::Rect box = faces[i];
    picture(box).setTo(cv::Scalar::all(shades[i]));
    picture(cv::Rect(box.x + box.width / 4, box.y + box.height / 4, 12, 8)).setTo(cv::Scalar::all(0));
    picture(cv::Rect(box.x + box.width / 2, box.y + box.height * 3 / 4, 8, 16)).setTo(cv::Scalar::all(255));
  }
  return picture;
}

TEST(FaceStream, DetectsEveryNthFrameAndFollowsBetween) {
  Scene s;
  FaceStream stream(s.pipeline, {.every = 4, .track = {.confirm = 1}, .smoothing = {}});
  for (int t = 0; t < 12; ++t) {
    const std::vector<cv::Rect2f> boxes = {{100.0f + 4 * t, 100, 96, 96}};
    s.detector().boxes = boxes;
    const auto faces = stream.see(scene(boxes, {230}));
    ASSERT_EQ(faces.size(), 1u) << t;
    EXPECT_EQ(faces[0].track, 1);
    EXPECT_NEAR(faces[0].where.box.x, boxes[0].x, 5) << t;
    EXPECT_EQ(faces[0].smooth.label, 1);
  }
  EXPECT_EQ(s.detector().asked, 3);
  EXPECT_EQ(s.detector().seen, cv::Size(320, 240));  // a face of a tenth of the height needs no more
}

TEST(FaceStream, EachTrackHasAMemoryOfItsOwn) {
  Scene s;
  FaceStream stream(s.pipeline, {.every = 1, .track = {.confirm = 1, .patience = 1}, .smoothing = {}});
  const cv::Rect2f left(60, 100, 96, 96), right(400, 200, 96, 96);
  const auto see = [&](const std::vector<cv::Rect2f>& boxes, const std::vector<int>& shades) {
    s.detector().boxes = boxes;
    return stream.see(scene(boxes, shades));
  };
  see({left}, {230});
  see({left}, {230});
  auto faces = see({right, left}, {30, 230});
  ASSERT_EQ(faces.size(), 2u);
  EXPECT_EQ(faces[0].track, 1);
  EXPECT_EQ(faces[0].smooth.label, 1);
  EXPECT_EQ(faces[1].smooth.label, 0);
  EXPECT_EQ(s.recognizer().remembered, (std::vector<float>{2, 0}));
  for (int t = 0; t < 3; ++t) faces = see({right}, {30});  // the left one is lost ...
  EXPECT_EQ(faces.size(), 1u);
  faces = see({left, right}, {30, 30});  // ... and comes back as somebody new, without the old average
  ASSERT_EQ(faces.size(), 2u);
  EXPECT_EQ(faces[1].track, 3);
  EXPECT_EQ(faces[1].smooth.label, 0);
  EXPECT_EQ(s.recognizer().remembered.back(), 0);
}

}  // namespace
}  // namespace mueca
