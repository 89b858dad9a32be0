// The parts of the explorer: thumbnails as JPEG, and that the page holds what it was given.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "apps/explorer/jpeg.h"
#include "apps/explorer/page.h"
#include "core/error.h"
#include "core/random.h"

#if MUECA_HAVE_OPENCV
#include <opencv2/imgcodecs.hpp>
#endif

namespace mueca {
namespace {

#if MUECA_HAVE_OPENCV
// libjpeg reads what was written; what differs is the rounding to the quantiser's steps.
TEST(Explorer, ThumbnailsAreJpegs) {
  constexpr int kWidth = 40, kHeight = 24;
  std::vector<std::uint8_t> smooth, noise;
  Random random({11, RandomStream::test});
  for (int y = 0; y < kHeight; ++y)
    for (int x = 0; x < kWidth; ++x) {
      smooth.push_back(static_cast<std::uint8_t>(std::lround(128 + 60 * std::sin(0.2 * x) + 50 * std::cos(0.3 * y))));
      noise.push_back(static_cast<std::uint8_t>(random.below(256)));
    }
  const auto worst = [&](const std::vector<std::uint8_t>& pixels, int quality) {
    const std::string bytes = gray_jpeg(pixels, kWidth, kHeight, quality);
    const cv::Mat read = cv::imdecode(std::vector<char>(bytes.begin(), bytes.end()), cv::IMREAD_UNCHANGED);
    EXPECT_EQ(read.size(), cv::Size(kWidth, kHeight));
    EXPECT_EQ(read.type(), CV_8UC1);
    int difference = 0;
    for (int i = 0; i < kWidth * kHeight; ++i)
      difference = std::max(difference, std::abs(read.data[i] - pixels[static_cast<std::size_t>(i)]));
    return difference;
  };
  EXPECT_LE(worst(smooth, 100), 2);  // steps of 1: half of one in each of 64 coefficients, then two roundings
  EXPECT_LE(worst(noise, 100), 3);
  EXPECT_LE(worst(smooth, 78), 12);
  EXPECT_GT(worst(noise, 20), 20);  // so the quality does something
  EXPECT_LE(worst(std::vector<std::uint8_t>(kWidth * kHeight, 255), 78), 1);
  EXPECT_LT(gray_jpeg(smooth, kWidth, kHeight, 50).size(), gray_jpeg(smooth, kWidth, kHeight, 95).size());
}
#endif

TEST(Explorer, JpegRefusesWhatItCannotDo) {
  const std::vector<std::uint8_t> pixels(64);
  EXPECT_NO_THROW(gray_jpeg(pixels, 8, 8, 80));
  EXPECT_THROW(gray_jpeg(pixels, 4, 16, 80), Error);
  EXPECT_THROW(gray_jpeg(pixels, 16, 8, 80), Error);
  EXPECT_THROW(gray_jpeg(pixels, 8, 8, 0), Error);
  EXPECT_THROW(gray_jpeg({}, 0, 8, 80), Error);
}

Explorer two_points() {
  Explorer e;
  e.title = "two points";
  e.class_names = {"</script><img src=x onerror=alert(1)>", "b"};
  e.split_names = {"training"};
  e.row = {7, 70000}, e.label = {0, 1}, e.split = {0, 0};
  e.maps = {{"PCA", "axes", Tensor::from({2, 2}, std::vector<float>{-3, 10, 5, 12})}};
  e.images = Tensor({2, 8, 8}, DType::u8);
  std::ranges::fill(e.images.span<std::uint8_t>(), std::uint8_t{200});
  return e;
}

nlohmann::json data_of(const std::string& page) {
  const std::string open = "<script id=\"data\" type=\"application/json\">";
  const std::size_t begin = page.find(open) + open.size();
  return nlohmann::json::parse(page.substr(begin, page.find("</script>", begin) - begin));
}

TEST(Explorer, NamesStayText) {
  const std::string page = explorer_page(two_points());
  EXPECT_EQ(page.find("<img"), std::string::npos);
  EXPECT_EQ(data_of(page).at("classes").at(0).at("name"), "</script><img src=x onerror=alert(1)>");
  EXPECT_EQ(page.find("unsafe"), std::string::npos) << "the policy names hashes";
  Explorer broken = two_points();
  broken.class_names[1] = "\xff\xfe";  // no UTF-8
  EXPECT_EQ(data_of(explorer_page(broken)).at("classes").at(1).at("name"), "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Explorer, RefusesWhatIsNoMap) {
  const auto complaint = [](auto change) {
    Explorer e = two_points();
    change(e);
    try {
      explorer_page(e);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  EXPECT_EQ(complaint([](Explorer&) {}), "nothing");
  EXPECT_NE(complaint([](Explorer& e) { e.maps[0].xy.data()[3] = NAN; }).find("PCA of image 1"), std::string::npos);
  EXPECT_NE(complaint([](Explorer& e) { e.label[0] = 2; }).find("without a name"), std::string::npos);
  EXPECT_NE(complaint([](Explorer& e) { e.split.pop_back(); }).find("unequal"), std::string::npos);
  EXPECT_NE(complaint([](Explorer& e) { e.predicted = {0, 1}; }).find("unequal"), std::string::npos);
  EXPECT_NE(complaint([](Explorer& e) { e.class_names.resize(256); }).find("255"), std::string::npos);
  EXPECT_NE(complaint([](Explorer& e) {
              e.images = Tensor({2, 6, 6}, DType::u8);
            }).find("multiple"),
            std::string::npos);
}

}  // namespace
}  // namespace mueca
