#include "apps/faces/classic_features.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <opencv2/objdetect.hpp>

#include "core/error.h"

namespace mueca {
namespace {

constexpr int kCell = 8, kCells = kClassicSize / kCell;

void hog(const cv::Mat& face, std::vector<float>& out) {
  static const cv::HOGDescriptor descriptor({kClassicSize, kClassicSize}, {2 * kCell, 2 * kCell}, {kCell, kCell},
                                            {kCell, kCell}, 9);
  std::vector<float> values;
  descriptor.compute(face, values);
  out.insert(out.end(), values.begin(), values.end());
}

constexpr int kOther = 58;  // bin of the patterns with more than two changes around the circle

// Bin of each of the 256 patterns; uniform ones have at most two changes from 0 to 1 or back.
const std::array<int, 256>& uniform_bins() {
  static const std::array<int, 256> bins = [] {
    std::array<int, 256> made{};
    int next = 0;
    for (unsigned pattern = 0; pattern < 256; ++pattern) {
      const auto turned = std::rotl(static_cast<std::uint8_t>(pattern), 1);
      made[pattern] = std::popcount(pattern ^ turned) <= 2 ? next++ : kOther;
    }
    return made;
  }();
  return bins;
}

void lbp(const cv::Mat& face, std::vector<float>& out) {
  static constexpr std::array<std::array<int, 2>, 8> kCircle = {
      {{-1, -1}, {0, -1}, {1, -1}, {1, 0}, {1, 1}, {0, 1}, {-1, 1}, {-1, 0}}};
  const auto at = [&](int y, int x) {  // the edge repeats
    return face.at<std::uint8_t>(std::clamp(y, 0, kClassicSize - 1), std::clamp(x, 0, kClassicSize - 1));
  };
  const std::size_t begin = out.size();
  out.resize(begin + static_cast<std::size_t>(kCells * kCells * (kOther + 1)));
  for (int y = 0; y < kClassicSize; ++y)
    for (int x = 0; x < kClassicSize; ++x) {
      unsigned pattern = 0;
      for (std::size_t i = 0; i < kCircle.size(); ++i)
        pattern |= static_cast<unsigned>(at(y + kCircle[i][1], x + kCircle[i][0]) >= at(y, x)) << i;
      const int cell = y / kCell * kCells + x / kCell;
      out[begin + static_cast<std::size_t>(cell * (kOther + 1) + uniform_bins()[pattern])] += 1.0f / (kCell * kCell);
    }
  for (auto v = out.begin() + static_cast<std::ptrdiff_t>(begin); v != out.end(); ++v) *v = std::sqrt(*v);
}

}  // namespace

Tensor classic_features(const Tensor& faces, const std::string& kind) {
  check(kind == "hog" || kind == "lbp", "features: expected hog or lbp, got \"", kind, "\"");
  check(faces.shape().rank() == 3 && faces.extent(1) == kClassicSize && faces.extent(2) == kClassicSize,
        "features: faces must be [N, 48, 48], got ", faces.shape());
  std::vector<float> values;
  for (Index n = 0; n < faces.extent(0); ++n) {
    const cv::Mat face(kClassicSize, kClassicSize, CV_8UC1,
                       faces.data<std::uint8_t>() + n * kClassicSize * kClassicSize);
    (kind == "hog" ? hog : lbp)(face, values);
  }
  const Index width = kind == "hog" ? 900 : kCells * kCells * (kOther + 1);
  return Tensor::from({faces.extent(0), width}, values);
}

}  // namespace mueca
