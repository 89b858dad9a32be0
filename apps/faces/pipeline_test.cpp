#include "apps/faces/pipeline.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <numeric>

#include "apps/faces/picture.h"

namespace mueca {
namespace {

const std::filesystem::path kPhotos = std::filesystem::path(MUECA_SHARED) / "photos";

TEST(FacePipeline, SeesEveryFaceOfAPhoto) {
  if (!std::filesystem::exists(kPhotos)) GTEST_SKIP() << "skipped: no ../shared/photos here";
  FacePipeline pipeline({}, shipped_checkpoint());
  EXPECT_EQ(pipeline.see(read_picture(kPhotos / "single_face.jpg")).size(), 1u);
  EXPECT_EQ(pipeline.see(read_picture(kPhotos / "face.jpg")).size(), 4u);
  const auto many = pipeline.see(read_picture(kPhotos / "multi_face.jpg"));
  EXPECT_GE(many.size(), 4u);  // five people, one of them tilted and behind sunglasses
  for (const SeenFace& face : many) {
    const auto& p = face.expression.probability;
    EXPECT_EQ(p.size(), 7u);
    EXPECT_NEAR(std::accumulate(p.begin(), p.end(), 0.0), 1.0, 1e-5);
  }
}

TEST(FacePipeline, AnEmptyPictureHasNoFace) {
  FacePipeline pipeline({}, shipped_checkpoint());
  EXPECT_TRUE(pipeline.see(cv::Mat(240, 320, CV_8UC3, cv::Scalar::all(90))).empty());
}

}  // namespace
}  // namespace mueca
