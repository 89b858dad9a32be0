// How FER2013 frames its faces, seen by a detector, and which crop of what the detector finds the network likes best.
//   mueca_measure_crop fer2013.h5 haar [images] [thorough]
// Images of PublicTest are enlarged four times with a mirrored border of a quarter of their side, and searched.
#include <algorithm>
#include <cstdio>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "apps/faces/crop.h"
#include "apps/faces/detector.h"
#include "apps/faces/recognizer.h"
#include "data/pack.h"

namespace mueca {
namespace {

constexpr int kEnlarged = 4;

struct Found {
  cv::Mat canvas;  // BGR
  DetectedFace face;
  std::int32_t label;
};

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double accuracy(Recognizer& recognizer, const std::vector<cv::Mat>& crops, const std::vector<Found>& found) {
  const auto answers = recognizer.recognise(crops);
  std::size_t right = 0;
  for (std::size_t i = 0; i < found.size(); ++i) right += answers[i].label == found[i].label;
  return 100.0 * static_cast<double>(right) / static_cast<double>(found.size());
}

int measure(int argc, char** argv) {
  check(argc >= 3, "usage: mueca_measure_crop PACK haar|lbp [images] [thorough]");
  Pack pack = load_pack(argv[1]);
  const auto rows = pack.rows_of("public_test");
  const std::size_t count = std::min(rows.size(), argc > 3 ? std::stoul(argv[3]) : std::size_t{2000});
  const auto detector = make_detector({.name = argv[2], .smallest = 0.3f, .thorough = argc > 4});
  const auto recognizer = open_recognizer(shipped_checkpoint());

  const int side = pack.width * kEnlarged, border = side / 4;
  std::vector<Found> found;
  std::vector<double> margin, down, right;
  std::vector<cv::Mat> originals;
  for (std::size_t i = 0; i < count; ++i) {
    const Index row = rows[i];
    const cv::Mat image(pack.height, pack.width, CV_8U, pack.image(row).data());
    cv::Mat canvas;
    cv::resize(image, canvas, {side, side}, 0, 0, cv::INTER_CUBIC);
    cv::copyMakeBorder(canvas, canvas, border, border, border, border, cv::BORDER_REFLECT_101);
    cv::cvtColor(canvas, canvas, cv::COLOR_GRAY2BGR);
    for (const DetectedFace& face : detector->detect(canvas)) {
      const double x = face.box.x + face.box.width / 2 - canvas.cols / 2,
                   y = face.box.y + face.box.height / 2 - canvas.rows / 2;
      if (std::hypot(x, y) > side / 3) continue;  // what the mirrored border shows
      found.push_back({canvas, face, pack.label[static_cast<std::size_t>(row)]});
      originals.push_back(image);
      margin.push_back(side / face.box.width - 1);
      down.push_back(-y / face.box.height);
      right.push_back(-x / face.box.width);
      break;
    }
  }
  check(!found.empty(), "no face in ", count, " images");
  std::printf("%s: %zu of %zu found; median margin %.3f, down %.3f, right %.3f\n", argv[2], found.size(), count,
              median(margin), median(down), median(right));
  std::printf("as the pack has them: %.1f %% right\n", accuracy(*recognizer, originals, found));
  for (const float lower : {0.0f, static_cast<float>(median(down))})
    for (float m = -0.3f; m < 0.55f; m += 0.1f) {
      std::vector<cv::Mat> crops;
      for (const Found& f : found) crops.push_back(face_crop(f.canvas, f.face, {m, lower}, recognizer->crop_size));
      std::printf("margin %5.2f, down %6.3f: %.1f %% right\n", m, lower, accuracy(*recognizer, crops, found));
    }
  return 0;
}

}  // namespace
}  // namespace mueca

int main(int argc, char** argv) {
  try {
    return mueca::measure(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "mueca_measure_crop: %s\n", error.what());
    return 1;
  }
}
