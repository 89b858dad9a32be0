#include "apps/faces/drawn_source.h"

#include <charconv>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "core/error.h"
#include "data/face.h"
#include "data/face_drawing.h"
#include "data/pack.h"

namespace mueca {
namespace {

constexpr char kName[] = "drawn";
constexpr int kWidth = 640, kHeight = 480, kFramesEach = 50;
constexpr int kSide = 320;            // pixels that are drawn; more would take longer than all that looks at them
constexpr std::uint64_t kPerson = 9;  // whom all detectors find, whatever face is pulled

class Drawn : public FrameSource {
 public:
  Drawn(const std::string& what, std::int64_t frames) {
    name = what;
    rate = 25;
    count = frames;
  }

  bool next(Frame& frame) override {
    if (at_ == count) return false;
    const double turn = static_cast<double>(at_ % kFramesEach) / kFramesEach;
    const auto emotions = static_cast<std::int64_t>(emotion_names().size());
    const Face wanted = random_face(kPerson, 0, static_cast<int>((at_ / kFramesEach + 3) % emotions), 0);
    if (at_ == 0) person_ = wanted;
    Face face = person_;  // one person, whatever the face
    face.apex = wanted.apex;
    face.intensity = static_cast<float>(std::sin(turn * std::numbers::pi));
    face.view.pose.zoom = 0.5f;
    std::vector<std::uint8_t> pixels(kSide * kSide);
    draw_face(face, kSide, pixels);
    cv::Mat drawn(kSide, kSide, CV_8UC1, pixels.data());
    cv::resize(drawn, drawn, {kHeight, kHeight}, 0, 0, cv::INTER_CUBIC);
    const int left = (kWidth - kHeight) / 2 + static_cast<int>(40 * std::sin(static_cast<double>(at_) * 0.05));
    cv::Mat scene;
    cv::copyMakeBorder(drawn, scene, 0, 0, left, kWidth - kHeight - left, cv::BORDER_REPLICATE);
    frame.picture = cv::Mat();  // the last one is the caller's
    cv::cvtColor(scene, frame.picture, cv::COLOR_GRAY2BGR);
    frame.seconds = static_cast<double>(at_) / rate;
    frame.index = at_++;
    return true;
  }

 private:
  Face person_;
  std::int64_t at_ = 0;
};

}  // namespace

bool names_drawn(const std::string& what) { return what == kName || what.starts_with(std::string(kName) + ":"); }

std::unique_ptr<FrameSource> drawn_source(const std::string& what) {
  std::int64_t frames = 350;
  const std::string number = what.size() > sizeof kName ? what.substr(sizeof kName) : "";
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), frames);
  check(what == kName || (error == std::errc() && end == number.data() + number.size() && frames > 0), what,
        ": expected drawn or drawn:FRAMES, as in drawn:100");
  return std::make_unique<Drawn>(what, frames);
}

}  // namespace mueca
